import Crypto
import Testing

@Suite struct HKDFSHA256Tests {
  @Test func `RFC 5869 case 1, the basic one`() {
    let output = HKDFSHA256.derive(
      secret: [UInt8](repeating: 0x0b, count: 22), salt: Array(0...12), info: Array(0xf0...0xf9), count: 42)
    #expect(
      Hex.encode(output) == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
  }

  @Test func `RFC 5869 case 2, longer inputs and output`() {
    let output = HKDFSHA256.derive(
      secret: Array(0...0x4f), salt: Array(0x60...0xaf), info: Array(0xb0...0xff), count: 82)
    #expect(
      Hex.encode(output)
        == "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        + "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87")
  }

  @Test func `RFC 5869 case 3, no salt and no info`() {
    let output = HKDFSHA256.derive(secret: [UInt8](repeating: 0x0b, count: 22), salt: [], info: [], count: 42)
    #expect(
      Hex.encode(output) == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
  }

  @Test func `the longest output is allowed and every shorter one is its beginning`() {
    let longest = HKDFSHA256.derive(secret: [1], salt: [2], info: [3], count: HKDFSHA256.maximumCount)
    #expect(longest.count == 8160)
    for count in [0, 1, 31, 32, 33, 8159] {
      #expect(HKDFSHA256.derive(secret: [1], salt: [2], info: [3], count: count) == Array(longest[..<count]))
    }
  }

  @Test func `other info gives other keys`() {
    let first = HKDFSHA256.derive(secret: [1], salt: [], info: [1], count: 32)
    #expect(first != HKDFSHA256.derive(secret: [1], salt: [], info: [2], count: 32))
  }
}
