import Crypto
import Testing

@Suite struct HexTests {
  @Test func `every byte survives encoding and decoding`() {
    let bytes = (0...255).map { UInt8($0) }
    let text = Hex.encode(bytes)
    #expect(text.hasPrefix("000102030405060708090a0b0c0d0e0f10"))
    #expect(text.hasSuffix("f9fafbfcfdfeff"))
    #expect(Hex.decode(text) == bytes)
    #expect(Hex.decode(text.uppercased()) == bytes)
    #expect(Hex.encode([]) == "")
    #expect(Hex.decode("") == [])
  }

  @Test func `every character that is not a digit is refused in either place`() {
    let digits = Set("0123456789abcdefABCDEF".unicodeScalars)
    for value in UInt32(0)...0x17f {
      guard let scalar = Unicode.Scalar(value), !digits.contains(scalar) else { continue }
      #expect(Hex.decode("\(scalar)0") == nil)
      #expect(Hex.decode("0\(scalar)") == nil)
      #expect(Hex.decode("aabb\(scalar)\(scalar)cc") == nil)
    }
  }

  @Test(arguments: ["a", "abc", " ab", "ab ", "0x", "0xab", "a b", "ab\n", "éé", "٠٠"])
  func `text that is not pairs of digits is refused`(_ text: String) {
    #expect(Hex.decode(text) == nil)
  }
}
