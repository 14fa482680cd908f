/// Makes acceptable JSON of what other programs still read, for documents whose sender nobody can ask to mend it.
///
/// Slower than reading, and strict reading comes first: this is for the document that was refused.
package enum JSONMending {
  /// The document with U+FFFD for every half of a surrogate pair and every byte that is no UTF-8, and of members of
  /// one name the last alone. Nil when something else is wrong with it.
  package static func mended(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) -> [UInt8]? {
    let text = withWholePairs(Array(String(decoding: bytes, as: UTF8.self).utf8))
    var lenient = limits
    lenient.allowsRepeatedNames = true
    guard let document = try? JSONDocument(parsing: text, limits: lenient) else { return nil }
    var writer = JSONWriter(capacity: text.count)
    copy(document.root, to: &writer)
    return writer.finish()
  }

  /// Replaces escapes of halves by that of U+FFFD, which is as long. A backslash outside of a string is refused later.
  private static func withWholePairs(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    var at = 0
    while at < bytes.count {
      guard bytes[at] == UInt8(ascii: "\\") else {
        at += 1
        continue
      }
      guard let unit = escapedUnit(bytes, at) else {
        at += 2
        continue
      }
      let isFirst = unit & 0xFC00 == 0xD800
      if isFirst, let second = escapedUnit(bytes, at + 6), second & 0xFC00 == 0xDC00 {
        at += 12
        continue
      }
      if unit & 0xF800 == 0xD800 { bytes.replaceSubrange(at..<(at + 6), with: #"\ufffd"#.utf8) }
      at += 6
    }
    return bytes
  }

  /// What the `\u` escape at `at` stands for; nil when there is none.
  private static func escapedUnit(_ bytes: [UInt8], _ at: Int) -> UInt32? {
    guard at + 6 <= bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else { return nil }
    var unit: UInt32 = 0
    for digit in bytes[(at + 2)..<(at + 6)] {
      guard let value = JSONText.hexDigit(digit) else { return nil }
      unit = unit << 4 | value
    }
    return unit
  }

  /// As deep as the document, which `JSONLimits.depth` bounds.
  private static func copy(_ node: JSONNode, to writer: inout JSONWriter) {
    switch node.kind {
    case .object:
      var members: [(name: String, value: JSONNode)] = []
      var last: [String: Int] = [:]
      node.forEachMember { name, value in
        last[name] = members.count
        members.append((name, value))
      }
      writer.beginObject()
      for (place, member) in members.enumerated() where last[member.name] == place {
        writer.key(member.name)
        copy(member.value, to: &writer)
      }
      writer.endObject()
    case .array:
      writer.beginArray()
      node.forEachElement { copy($0, to: &writer) }
      writer.endArray()
    default:
      writer.raw(node)
    }
  }
}
