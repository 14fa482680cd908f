/// Reads an HTTP/1 answer and writes it anew: interim answers dropped, hop-by-hop headers and trailers removed, the
/// framing made explicit.
struct AnswerReader {
  enum Progress: Equatable { case more, done, malformed }

  private static let headLimit = 64 << 10

  private let isHead: Bool
  private var head: [UInt8] = []
  private var body: BodyCarrier?
  /// True once a head has been written for the client.
  var hasSentHead: Bool { body != nil }

  init(isHead: Bool) { self.isHead = isHead }

  /// Appends what the client shall receive, with `note` as a header of its own.
  mutating func take(_ bytes: UnsafeRawBufferPointer, note: String, into out: inout [UInt8]) -> Progress {
    if body != nil { return carry(bytes, into: &out) }
    var searchFrom = head.count
    head.append(contentsOf: bytes)
    while let end = HeadLines.end(in: head, from: searchFrom) {
      guard end <= Self.headLimit, let lines = HeadLines(Array(head[..<end])), let status = Self.status(lines.first)
      else { return .malformed }
      let rest = Array(head[end...])
      if status < 200 {
        // 101 would change the protocol, which nothing here has asked for.
        if status == 101 { return .malformed }
        head = rest
        searchFrom = 0
        continue
      }
      head = []
      guard begin(status, lines, note, into: &out) else { return .malformed }
      return rest.withUnsafeBytes { carry($0, into: &out) }
    }
    return head.count > Self.headLimit ? .malformed : .more
  }

  /// The target's end of stream; true when the answer is complete with it.
  mutating func end(into out: inout [UInt8]) -> Bool { body?.end(into: &out) ?? false }

  private mutating func carry(_ bytes: UnsafeRawBufferPointer, into out: inout [UInt8]) -> Progress {
    guard var carrier = body else { return .malformed }
    let isSound = carrier.take(bytes, into: &out)
    body = carrier
    return isSound ? (carrier.isDone ? .done : .more) : .malformed
  }

  private mutating func begin(_ status: Int, _ lines: HeadLines, _ note: String, into out: inout [UInt8]) -> Bool {
    guard let framing = lines.framing else { return false }
    var text = "HTTP/1.1 \(status) \(Self.reason(lines.first))\r\n"
    for (name, value) in lines.fields where name != "content-length" && !HeadLines.isHopByHop(name, lines.fields) {
      text += "\(name): \(value)\r\n"
    }
    if isHead || status == 204 || status == 304 {
      body = BodyCarrier(.length(0))
    } else {
      switch framing {
      case .length(let length):
        body = BodyCarrier(.length(length))
        text += "content-length: \(length)\r\n"
      case .chunked, .none:
        body = BodyCarrier(framing == .chunked ? .chunked : .untilEnd)
        text += "transfer-encoding: chunked\r\n"
      }
    }
    text += "\(note)\r\nconnection: close\r\n\r\n"
    out.append(contentsOf: text.utf8)
    return true
  }

  static func status(_ line: Substring) -> Int? {
    let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, parts[0] == "HTTP/1.1" || parts[0] == "HTTP/1.0", parts[1].utf8.count == 3,
      parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let status = Int(parts[1]), status >= 100
    else { return nil }
    return status
  }

  /// FoundationNetworking refuses a status line without one.
  private static func reason(_ line: Substring) -> String {
    let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return "-" }
    let text = parts[2].filter { $0.isASCII && $0 >= " " && $0 != "\u{7f}" }
    return text.isEmpty ? "-" : String(text)
  }
}
