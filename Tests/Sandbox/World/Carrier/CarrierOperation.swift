/// What is asked of the carrier, found by method and path.
enum CarrierOperation {
  case search(country: String, type: String)
  case list, buy, calls
  case read(String)
  case update(String)
  case release(String)
  case call(String)
  case recordings(call: String?)
  case recording(String)
  case recordingFile(String)
  case deleteRecording(String)

  /// `path` is what follows the account.
  init?(_ method: String, _ path: [Substring]) {
    func bare(_ name: Substring) -> String? { name.hasSuffix(".json") ? String(name.dropLast(5)) : nil }
    switch (method, path.count, path.first) {
    case ("GET", 3, "AvailablePhoneNumbers"):
      guard let type = bare(path[2]) else { return nil }
      self = .search(country: String(path[1]), type: type)
    case ("GET", 1, "IncomingPhoneNumbers.json"): self = .list
    case ("POST", 1, "IncomingPhoneNumbers.json"): self = .buy
    case ("GET", 1, "Calls.json"): self = .calls
    case ("GET", 1, "Recordings.json"): self = .recordings(call: nil)
    case ("GET", 3, "Calls") where path[2] == "Recordings.json": self = .recordings(call: String(path[1]))
    case ("GET", 2, "Calls"):
      guard let sid = bare(path[1]) else { return nil }
      self = .call(sid)
    case (_, 2, "Recordings"): self.init(method, recording: path[1])
    case (_, 2, "IncomingPhoneNumbers"):
      guard let sid = bare(path[1]) else { return nil }
      switch method {
      case "GET": self = .read(sid)
      case "POST": self = .update(sid)
      case "DELETE": self = .release(sid)
      default: return nil
      }
    default: return nil
    }
  }

  /// `RE….json` is the description; without an ending, or with `.wav`, the file.
  private init?(_ method: String, recording name: Substring) {
    let parts = name.split(separator: ".", maxSplits: 1)
    guard let sid = parts.first.map(String.init) else { return nil }
    switch (method, parts.count == 2 ? parts[1] : "") {
    case ("GET", "json"): self = .recording(sid)
    case ("GET", "wav"), ("GET", ""): self = .recordingFile(sid)
    case ("DELETE", "json"), ("DELETE", ""): self = .deleteRecording(sid)
    default: return nil
    }
  }

  /// The door faults know it by.
  var door: String {
    switch self {
    case .search: "carrier.search"
    case .list, .read: "carrier.lookup"
    case .buy: "carrier.buy"
    case .calls, .call: "carrier.calls"
    case .update: "carrier.update"
    case .release: "carrier.release"
    case .recordings, .recording, .recordingFile: "carrier.recordings"
    case .deleteRecording: "carrier.recordings.delete"
    }
  }
}
