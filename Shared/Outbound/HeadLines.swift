/// The lines of an HTTP/1 head, read strictly: CRLF only, no folding, tokens as names (RFC 9112 §5).
struct HeadLines {
  enum Framing: Equatable {
    case none
    case length(Int)
    case chunked
  }

  let first: Substring
  /// Names in lower case, values without surrounding blanks.
  let fields: [(name: String, value: String)]

  /// `head` ends with its empty line.
  init?(_ head: [UInt8]) {
    // Bytes above ASCII are no error in a value (RFC 9110 §5.5), but nobody downstream should have to guess them.
    let clean = head.map { $0 < 0x80 ? $0 : UInt8(ascii: "?") }
    guard clean.count >= 4, !clean.contains(0) else { return nil }
    let text = String(decoding: clean.dropLast(4), as: UTF8.self)
    // "\r\n" is one character to Swift; what is left of either alone is an error.
    let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
    guard let first = lines.first, !lines.contains(where: { $0.contains("\r") || $0.contains("\n") }) else {
      return nil
    }
    self.first = first
    var fields: [(name: String, value: String)] = []
    guard lines.count <= 129 else { return nil }
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":"), colon != line.startIndex,
        line[..<colon].utf8.allSatisfy(RequestCheck.isTokenByte)
      else { return nil }
      let value = line[line.index(after: colon)...]
      guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else { return nil }
      fields.append((line[..<colon].lowercased(), Self.trim(value)))
    }
    self.fields = fields
  }

  func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

  /// How the body is delimited; nil when two readers could disagree (RFC 9112 §6.3).
  var framing: Framing? {
    let lengths = values("content-length")
    let encodings = values("transfer-encoding")
    if !encodings.isEmpty {
      guard lengths.isEmpty, encodings.count == 1, encodings[0].lowercased() == "chunked" else { return nil }
      return .chunked
    }
    guard let text = lengths.first else { return HeadLines.Framing.none }
    // 15 digits: far beyond any body, and exact in every number type on the way.
    guard lengths.count == 1, (1...15).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let length = Int(text)
    else { return nil }
    return .length(length)
  }

  /// Meant for the next hop only, by nature or because `Connection` names it (RFC 9110 §7.6.1).
  static func isHopByHop(_ name: String, _ fields: [(name: String, value: String)]) -> Bool {
    switch name {
    case "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "expect": return true
    default: break
    }
    if name.hasPrefix("proxy-") { return true }
    return fields.contains { field in
      field.name == "connection" && field.value.lowercased().split(separator: ",").contains { trim($0) == name }
    }
  }

  private static func trim(_ text: Substring) -> String {
    var text = text
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return String(text)
  }

  /// Where a head ends in `bytes`, searching from `start`: the index after the empty line.
  static func end(in bytes: [UInt8], from start: Int) -> Int? {
    var index = max(3, start)
    while index < bytes.count {
      if bytes[index] == 10, bytes[index - 1] == 13, bytes[index - 2] == 10, bytes[index - 3] == 13 { return index + 1 }
      index += 1
    }
    return nil
  }
}
