/// Base64 (RFC 4648), read strictly: one text for one sequence of bytes and no other.
package enum Base64 {
  /// `bytes` in the standard alphabet, padded with "=" (RFC 4648 §4).
  package static func encode(_ bytes: [UInt8]) -> String {
    encode(bytes, alphabet: standard, padded: true)
  }

  /// `bytes` in the alphabet for URLs, without padding (RFC 4648 §5).
  package static func encodeURLSafe(_ bytes: [UInt8]) -> String {
    encode(bytes, alphabet: urlSafe, padded: false)
  }

  /// The bytes of padded standard text; nil for white space, wrong padding, foreign characters or stray last bits.
  package static func decode(_ text: String) -> [UInt8]? {
    var text = text
    return text.withUTF8 { characters in
      guard characters.count.isMultiple(of: 4) else { return nil }
      var count = characters.count
      while count > 0, characters.count - count < 2, characters[count - 1] == padding { count -= 1 }
      return decode(UnsafeBufferPointer(rebasing: characters[..<count]), values: standardValues)
    }
  }

  /// The bytes of unpadded text in the alphabet for URLs; nil for anything else, padding included.
  package static func decodeURLSafe(_ text: String) -> [UInt8]? {
    var text = text
    return text.withUTF8 { decode($0, values: urlSafeValues) }
  }

  private static func encode(_ bytes: [UInt8], alphabet: [UInt8], padded: Bool) -> String {
    String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { text in
      var next = 0
      var start = 0
      while start < bytes.count {
        let held = min(3, bytes.count - start)
        var group = UInt32(bytes[start]) << 16
        if held > 1 { group |= UInt32(bytes[start + 1]) << 8 }
        if held > 2 { group |= UInt32(bytes[start + 2]) }
        for place in 0...held {
          text[next] = alphabet[Int(group >> UInt32(18 - 6 * place)) & 63]
          next += 1
        }
        start += 3
      }
      while padded, !next.isMultiple(of: 4) {
        text[next] = padding
        next += 1
      }
      return next
    }
  }

  private static func decode(_ characters: UnsafeBufferPointer<UInt8>, values: [UInt8]) -> [UInt8]? {
    guard characters.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(characters.count * 3 / 4)
    var group: UInt32 = 0
    var bits = 0
    for character in characters {
      let value = values[Int(character)]
      guard value < 64 else { return nil }
      group = (group << 6 | UInt32(value)) & 0xffff
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
      }
    }
    let strayBits = group & ((1 << UInt32(bits)) - 1)
    return strayBits == 0 ? bytes : nil
  }

  private static let padding = UInt8(ascii: "=")
  private static let common = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
  private static let standard = Array((common + "+/").utf8)
  private static let urlSafe = Array((common + "-_").utf8)
  private static let standardValues = values(of: standard)
  private static let urlSafeValues = values(of: urlSafe)

  /// The value of each character of `alphabet`, 255 for every other byte.
  private static func values(of alphabet: [UInt8]) -> [UInt8] {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }
}
