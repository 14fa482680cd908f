/// Hexadecimal text: two digits a byte.
package enum Hex {
  /// `bytes` in lower-case digits.
  package static func encode(_ bytes: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { text in
      var next = 0
      for byte in bytes {
        text[next] = digit(byte >> 4)
        text[next + 1] = digit(byte & 15)
        next += 2
      }
      return next
    }
  }

  /// The bytes `text` stands for, or nil unless it is an even number of hexadecimal digits (either case).
  package static func decode(_ text: String) -> [UInt8]? {
    var text = text
    return text.withUTF8 { decode($0) }
  }

  /// The bytes the ASCII `digits` stand for, or nil as for `decode(_: String)`.
  package static func decode(_ digits: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard digits.count.isMultiple(of: 2) else { return nil }
    var invalid: UInt8 = 0
    let bytes = values.withUnsafeBufferPointer { values in
      [UInt8](unsafeUninitializedCapacity: digits.count / 2) { buffer, count in
        while count < digits.count / 2 {
          let high = values[Int(digits[count * 2])]
          let low = values[Int(digits[count * 2 + 1])]
          invalid |= high | low
          buffer[count] = (high << 4) | (low & 15)
          count += 1
        }
      }
    }
    return invalid < 16 ? bytes : nil
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? value &+ UInt8(ascii: "0") : value &+ (UInt8(ascii: "a") - 10)
  }

  /// The value of each ASCII digit, 255 for every other byte.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, character) in "0123456789abcdef".utf8.enumerated() { values[Int(character)] = UInt8(value) }
    for (value, character) in "ABCDEF".utf8.enumerated() { values[Int(character)] = UInt8(value + 10) }
    return values
  }()
}
