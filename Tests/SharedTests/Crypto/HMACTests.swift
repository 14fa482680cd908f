import Crypto
import Testing

@Suite struct HMACTests {
  struct Vector: Sendable, CustomStringConvertible {
    let name: String
    let key: [UInt8]
    let message: [UInt8]
    let code: String
    var description: String { name }

    init(_ name: String, _ key: [UInt8], _ message: [UInt8], _ code: String) {
      self.name = name
      self.key = key
      self.message = message
      self.code = code
    }

    init(_ name: String, _ key: [UInt8], _ message: String, _ code: String) {
      self.init(name, key, Array(message.utf8), code)
    }
  }

  static let rfc2202 = [
    Vector("case 1", bytes(0x0b, 20), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
    Vector("case 2", Array("Jefe".utf8), "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
    Vector("case 3", bytes(0xaa, 20), bytes(0xdd, 50), "125d7342b9ac11cd91a39af48aa17b4f63f175d3"),
    Vector("case 4", Array(1...25), bytes(0xcd, 50), "4c9007f4026250c6bc8414f9bf50c86c2d7235da"),
    Vector("case 5", bytes(0x0c, 20), "Test With Truncation", "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"),
    Vector(
      "case 6", bytes(0xaa, 80), "Test Using Larger Than Block-Size Key - Hash Key First",
      "aa4ae5e15272d00e95705637ce8a3b55ed402112"),
    Vector(
      "case 7", bytes(0xaa, 80), "Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data",
      "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"),
  ]

  static let rfc4231 = [
    Vector(
      "case 1", bytes(0x0b, 20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    Vector(
      "case 2", Array("Jefe".utf8), "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    Vector(
      "case 3", bytes(0xaa, 20), bytes(0xdd, 50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    Vector(
      "case 4", Array(1...25), bytes(0xcd, 50), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    // The RFC prints the first 128 bits of this one only.
    Vector("case 5", bytes(0x0c, 20), "Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
    Vector(
      "case 6", bytes(0xaa, 131), "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    Vector(
      "case 7", bytes(0xaa, 131),
      "This is a test using a larger than block-size key and a larger than block-size data. "
        + "The key needs to be hashed before being used by the HMAC algorithm.",
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
  ]

  @Test(arguments: rfc2202)
  func `RFC 2202 HMAC-SHA1`(_ vector: Vector) {
    #expect(Hex.encode(HMACSHA1.authenticate(vector.message, key: vector.key)) == vector.code)
  }

  @Test(arguments: rfc4231)
  func `RFC 4231 HMAC-SHA256`(_ vector: Vector) {
    let code = Hex.encode(HMACSHA256.authenticate(vector.message, key: vector.key))
    #expect(code.hasPrefix(vector.code))
    #expect(code.count == 64)
  }

  @Test func `a key of one block is used as it is and a longer one is hashed`() {
    let message = Array("message".utf8)
    let block = Self.bytes(0x61, 64)
    let longer = Self.bytes(0x61, 65)
    #expect(HMACSHA256.authenticate(message, key: block) != HMACSHA256.authenticate(message, key: SHA256.hash(block)))
    #expect(HMACSHA256.authenticate(message, key: longer) == HMACSHA256.authenticate(message, key: SHA256.hash(longer)))
  }

  @Test func `a prepared key gives the same codes again and again`() {
    let bytes = PseudoRandomBytes.make(seed: 1, count: 32)
    let key = HMACSHA256Key(bytes)
    for count in [0, 1, 55, 56, 64, 600] {
      let message = PseudoRandomBytes.make(seed: 2, count: count)
      let expected = HMACSHA256.authenticate(message, key: bytes)
      #expect(key.authenticate(message) == expected)
      #expect(message.withUnsafeBytes { key.authenticate($0) } == expected)
      #expect(HMACSHA256Key(Secret(bytes)).authenticate(message) == expected)
      for cut in stride(from: 0, through: count, by: 7) {
        #expect(key.authenticate([Array(message[..<cut]), [], Array(message[cut...])]) == expected)
      }
    }
  }

  @Test func `a code is valid for its message only`() {
    let key = HMACSHA256Key(Array("key".utf8))
    let message = Array("body".utf8)
    let code = key.authenticate(message)
    #expect(key.isValid(code, for: message))
    #expect(!key.isValid(code, for: Array("Body".utf8)))
    #expect(!key.isValid(Array(code.dropLast()), for: message))
    #expect(!key.isValid(code + [0], for: message))
    #expect(!key.isValid([], for: message))
    for index in code.indices {
      var wrong = code
      wrong[index] ^= 1
      #expect(!key.isValid(wrong, for: message))
    }
  }

  @Test func `a key does not print itself`() {
    let key = HMACSHA256Key(Array("hush hush".utf8))
    var dumped = ""
    dump(key, to: &dumped)
    #expect("\(key)" == "HMACSHA256Key(…)")
    #expect(String(reflecting: key) == "HMACSHA256Key(…)")
    #expect(!dumped.contains("inner"))
  }

  static func bytes(_ byte: UInt8, _ count: Int) -> [UInt8] { [UInt8](repeating: byte, count: count) }
}
