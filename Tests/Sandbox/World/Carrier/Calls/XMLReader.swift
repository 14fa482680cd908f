/// Reads a small XML document strictly: one root, tags that match, no document type, at most so deep.
struct XMLReader {
  struct Failure: Error, Equatable, CustomStringConvertible {
    var description: String
  }

  private static let depth = 16
  private let bytes: [UInt8]
  private var position = 0

  static func read(_ bytes: [UInt8]) throws(Failure) -> XMLElement {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw Failure(description: "not UTF-8") }
    var reader = XMLReader(bytes: bytes)
    if reader.skip("\u{FEFF}") {}
    try reader.skipMisc()
    guard reader.skip("<") else { throw Failure(description: "no element at byte \(reader.position)") }
    let root = try reader.element(depth: 0)
    try reader.skipMisc()
    guard reader.position == reader.bytes.count else { throw Failure(description: "text after the root element") }
    return root
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  /// After the `<` of a start tag.
  private mutating func element(depth: Int) throws(Failure) -> XMLElement {
    guard depth < Self.depth else { throw Failure(description: "elements nest too deep") }
    var element = XMLElement(name: try name())
    while true {
      skipSpace()
      if skip("/>") { return element }
      if skip(">") { break }
      let attribute = try name()
      skipSpace()
      guard skip("=") else { throw Failure(description: "attribute \(attribute) has no value") }
      skipSpace()
      guard let quote = peek, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
        throw Failure(description: "the value of \(attribute) is not quoted")
      }
      position += 1
      let value = try upTo([quote], what: "the value of \(attribute)")
      guard !value.contains(UInt8(ascii: "<")) else { throw Failure(description: "< in the value of \(attribute)") }
      guard element.attributes[attribute] == nil else { throw Failure(description: "\(attribute) is there twice") }
      element.attributes[attribute] = try Self.unescape(value)
    }
    try content(of: &element, depth: depth)
    return element
  }

  private mutating func content(of element: inout XMLElement, depth: Int) throws(Failure) {
    while true {
      let start = position
      while let byte = peek, byte != UInt8(ascii: "<") { position += 1; _ = byte }
      element.text += try Self.unescape(bytes[start..<position])
      if skip("</") {
        let closing = try name()
        skipSpace()
        guard skip(">"), closing == element.name else {
          throw Failure(description: "<\(element.name)> is closed by </\(closing)>")
        }
        return
      } else if skip("<!--") {
        _ = try upTo(Array("-->".utf8), what: "a comment")
      } else if skip("<![CDATA[") {
        element.text += String(decoding: try upTo(Array("]]>".utf8), what: "CDATA"), as: UTF8.self)
      } else if skip("<?") {
        _ = try upTo(Array("?>".utf8), what: "an instruction")
      } else if skip("<") {
        element.children.append(try self.element(depth: depth + 1))
      } else {
        throw Failure(description: "<\(element.name)> is not closed")
      }
    }
  }

  private mutating func skipMisc() throws(Failure) {
    while true {
      skipSpace()
      if skip("<?") {
        _ = try upTo(Array("?>".utf8), what: "an instruction")
      } else if skip("<!--") {
        _ = try upTo(Array("-->".utf8), what: "a comment")
      } else {
        return
      }
    }
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skip(_ text: String) -> Bool {
    guard bytes[position...].starts(with: text.utf8) else { return false }
    position += text.utf8.count
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func name() throws(Failure) -> String {
    let start = position
    while let byte = peek, byte >= 0x80 || Self.isNameByte(byte) { position += 1 }
    guard position > start else { throw Failure(description: "no name at byte \(start)") }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"):
      true
    default: false
    }
  }

  /// What lies before an end mark; the mark is skipped.
  private mutating func upTo(_ mark: [UInt8], what: String) throws(Failure) -> ArraySlice<UInt8> {
    let start = position
    while position + mark.count <= bytes.count {
      if bytes[position..<position + mark.count].elementsEqual(mark) {
        defer { position += mark.count }
        return bytes[start..<position]
      }
      position += 1
    }
    throw Failure(description: "\(what) does not end")
  }

  private static func unescape(_ bytes: ArraySlice<UInt8>) throws(Failure) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.contains("&") else { return text }
    var parts = text.split(separator: "&", omittingEmptySubsequences: false)
    var result = String(parts.removeFirst())
    for part in parts {
      guard let end = part.firstIndex(of: ";") else { throw Failure(description: "& that begins no entity") }
      result += try entity(part[..<end])
      result += part[part.index(after: end)...]
    }
    return result
  }

  private static func entity(_ name: Substring) throws(Failure) -> String {
    switch name {
    case "amp": return "&"
    case "lt": return "<"
    case "gt": return ">"
    case "quot": return "\""
    case "apos": return "'"
    default: break
    }
    let number =
      name.hasPrefix("#x")
      ? UInt32(name.dropFirst(2), radix: 16) : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
    guard let number, let scalar = Unicode.Scalar(number) else { throw Failure(description: "no entity &\(name);") }
    return String(Character(scalar))
  }
}
