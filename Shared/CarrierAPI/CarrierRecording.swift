import JSON

/// A recording the carrier keeps.
package struct CarrierRecording: Sendable, Equatable {
  package var sid: String
  /// `processing`, `completed`, `absent` …, as the carrier spells it.
  package var status: String
  package var durationSeconds: Int?

  init?(_ node: JSONNode) {
    guard let sid = node["sid"]?.string, CarrierCallEvent.isID(sid) else { return nil }
    self.sid = sid
    status = node["status"]?.string ?? ""
    // A number in quotation marks at Twilio, a bare one elsewhere.
    let seconds = node["duration"]?.string.flatMap { Int($0) } ?? node["duration"]?.int64.flatMap { Int(exactly: $0) }
    durationSeconds = seconds.flatMap { $0 < 0 ? nil : $0 }
  }
}

/// What a request for a recording's sound brought.
package enum CarrierAudio: Sendable, Equatable {
  /// Whatever the carrier calls it: the caller must look whether it is sound.
  case audio([UInt8])
  /// The carrier does not have it, or not yet: for a moment after it was announced that is usual.
  case notYet
  /// Longer than is read here.
  case tooLong
}
