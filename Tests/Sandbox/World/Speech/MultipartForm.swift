/// The parts of a `multipart/form-data` body (RFC 7578). Bounded by the body's own limit.
struct MultipartForm {
  struct Part {
    var name: String
    var fileName: String?
    var bytes: ArraySlice<UInt8>
  }

  static let partLimit = 100

  var parts: [Part] = []

  /// Nil when the body is not one.
  init?(_ body: [UInt8], contentType: String) {
    guard contentType.lowercased().hasPrefix("multipart/form-data"),
      let boundary = Self.parameter("boundary", contentType),
      (1...70).contains(boundary.utf8.count)
    else { return nil }
    let mark = Array("\r\n--\(boundary)".utf8)
    // The first mark has no line end of its own in front.
    guard body.starts(with: mark.dropFirst(2)) else { return nil }
    var position = mark.count - 2
    while true {
      if body[position...].starts(with: "--".utf8) { return }
      guard body[position...].starts(with: "\r\n".utf8), parts.count < Self.partLimit,
        let end = Self.find(mark, in: body, from: position), let part = Self.part(body[(position + 2)..<end])
      else { return nil }
      parts.append(part)
      position = end + mark.count
    }
  }

  /// The last value of a field.
  func text(_ name: String) -> String? { texts(name).last }

  func texts(_ name: String) -> [String] {
    parts.filter { $0.name == name }.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  private static func part(_ bytes: ArraySlice<UInt8>) -> Part? {
    let mark = Array("\r\n\r\n".utf8)
    guard let end = find(mark, in: bytes, from: bytes.startIndex), end - bytes.startIndex <= 8_192 else { return nil }
    for line in String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n") {
      guard line.lowercased().hasPrefix("content-disposition:"), let name = parameter("name", String(line)) else {
        continue
      }
      return Part(
        name: name, fileName: parameter("filename", String(line)), bytes: bytes[(end + mark.count)...])
    }
    return nil
  }

  /// `name=value` or `name="value"` after a semicolon; one inside quotes separates nothing.
  private static func parameter(_ name: String, _ header: String) -> String? {
    var fields = [""]
    var isQuoted = false
    for character in header {
      if character == "\"" { isQuoted.toggle() }
      if character == ";", !isQuoted {
        fields.append("")
      } else {
        fields[fields.count - 1].append(character)
      }
    }
    for field in fields.dropFirst() {
      let pair = field.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, pair[0].filter({ $0 != " " }).lowercased() == name else { continue }
      let value = pair[1].drop { $0 == " " }
      return value.first == "\"" ? String(value.dropFirst().prefix { $0 != "\"" }) : String(value.prefix { $0 != " " })
    }
    return nil
  }

  private static func find(_ mark: [UInt8], in bytes: some RandomAccessCollection<UInt8>, from start: Int) -> Int? {
    // Over 25 MB an optimiser may not see through slices.
    bytes.withContiguousStorageIfAvailable { buffer -> Int? in
      let offset = bytes.startIndex as? Int ?? 0
      var index = start - offset
      while index + mark.count <= buffer.count {
        if buffer[index] == mark[0], (1..<mark.count).allSatisfy({ buffer[index + $0] == mark[$0] }) {
          return index + offset
        }
        index += 1
      }
      return nil
    } ?? nil
  }
}
