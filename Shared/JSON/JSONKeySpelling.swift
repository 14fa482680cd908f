/// How property names are spelled on the wire: words in lower case, joined by `_`.
///
/// - A capital begins a word if a small letter or a digit stands before it: `createdAt` → `created_at`,
///   `http2Server` → `http2_server`.
/// - A run of capitals is one word; the last of the run begins the next word if a small letter follows:
///   `wabaID` → `waba_id`, `urlOfPDFFile` → `url_of_pdf_file`.
/// - …except that a plural's `s` belongs to the run: `websiteURLs` → `website_urls`, `senderIDsByName` →
///   `sender_ids_by_name`.
/// - Digits never begin a word: `sha256` stays. Names without capitals stay, whatever else is in them.
///
/// Keys of dictionaries and `JSONKey` are data and are not touched; names that are not ASCII stay as they are.
package enum JSONKeySpelling {
  /// The wire spelling of a property name.
  package static func wire(_ property: String) -> String {
    var property = property
    return property.withUTF8 { name in withWire(name) { String(decoding: $0, as: UTF8.self) } }
  }

  /// Whether keys of this type are data: `JSONKey`, and the standard library's key of dictionaries, whose name is not
  /// visible but which `String` hands out.
  @inline(__always)
  static func isVerbatim<Key: CodingKey>(_ type: Key.Type) -> Bool {
    type == JSONKey.self || ObjectIdentifier(type) == dictionaryKey
  }

  private static let dictionaryKey = ObjectIdentifier(Swift.type(of: "".codingKey))

  /// Calls `body` with the wire spelling of `name`. Names in small letters, the usual case, are not copied.
  @inline(__always)
  static func withWire<Result>(
    _ name: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    guard name.contains(where: isCapital) else { return body(name) }
    // At worst every letter is a capital that begins a word.
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: name.count * 2) { buffer in
      let written = spell(name, into: buffer)
      return body(UnsafeBufferPointer(rebasing: buffer[..<written]))
    }
  }

  private static func spell(
    _ name: UnsafeBufferPointer<UInt8>, into buffer: UnsafeMutableBufferPointer<UInt8>
  ) -> Int {
    var written = 0
    for at in 0..<name.count {
      let byte = name[at]
      guard isCapital(byte) else {
        buffer[written] = byte
        written += 1
        continue
      }
      if at > 0, name[at - 1] != UInt8(ascii: "_"), !isCapital(name[at - 1]) || beginsNextWord(name, at) {
        buffer[written] = UInt8(ascii: "_")
        written += 1
      }
      buffer[written] = byte | 0x20
      written += 1
    }
    return written
  }

  /// For a capital after a capital: does a new word begin with it?
  private static func beginsNextWord(_ name: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
    guard at + 1 < name.count, isSmall(name[at + 1]) else { return false }
    let isPlural = name[at + 1] == UInt8(ascii: "s") && (at + 2 == name.count || !isSmall(name[at + 2]))
    return !isPlural
  }

  @inline(__always)
  private static func isCapital(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "A") < 26 }

  @inline(__always)
  private static func isSmall(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "a") < 26 }
}
