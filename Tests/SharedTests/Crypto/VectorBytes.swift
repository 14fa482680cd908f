import Crypto
import Testing

/// The bytes of hexadecimal digits in a test; spaces are for reading only. Records an issue if they are not digits.
func vectorBytes(_ digits: String) -> [UInt8] {
  let bytes = Hex.decode(digits.filter { !$0.isWhitespace })
  #expect(bytes != nil, "not hexadecimal: \(digits)")
  return bytes ?? []
}

/// `count` zero bytes, which the published vectors are full of.
func zeroBytes(_ count: Int) -> [UInt8] {
  [UInt8](repeating: 0, count: count)
}
