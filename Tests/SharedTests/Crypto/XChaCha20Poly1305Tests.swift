import Crypto
import Testing

@Suite struct XChaCha20Poly1305Tests {
  static let key: [UInt8] = Array(0x80...0x9f)
  static let nonce: [UInt8] = Array(0x40...0x57)
  static let associated = vectorBytes("50515253c0c1c2c3c4c5c6c7")

  @Test func `draft-irtf-cfrg-xchacha-03 appendix A.3.1`() throws {
    let sealed = try XChaCha20Poly1305.seal(
      PublishedTexts.sunscreen, key: Self.key, nonce: Self.nonce, associated: Self.associated)
    #expect(
      Hex.encode(sealed)
        == "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
        + "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
        + "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
        + "21f9664c97637da9768812f615c68b13b52e" + "c0875924c1c7987947deafd8780acf49")
    let opened = try XChaCha20Poly1305.open(sealed, key: Self.key, nonce: Self.nonce, associated: Self.associated)
    #expect(opened == PublishedTexts.sunscreen)
  }

  @Test func `an empty text with nothing associated can be sealed and opened`() throws {
    let sealed = try XChaCha20Poly1305.seal([], key: Self.key, nonce: Self.nonce, associated: [])
    #expect(sealed.count == XChaCha20Poly1305.tagByteCount)
    #expect(try XChaCha20Poly1305.open(sealed, key: Self.key, nonce: Self.nonce, associated: []) == [])
  }

  @Test func `a flipped bit anywhere is refused`() throws {
    let text = Array("a secret of a few bytes".utf8)
    let sealed = try XChaCha20Poly1305.seal(text, key: Self.key, nonce: Self.nonce, associated: Self.associated)
    for index in sealed.indices {
      for bit in 0..<8 {
        var changed = sealed
        changed[index] ^= 1 << bit
        #expect(throws: CryptoFailure.authenticationFailed) {
          try XChaCha20Poly1305.open(changed, key: Self.key, nonce: Self.nonce, associated: Self.associated)
        }
      }
    }
  }

  @Test func `a changed key, nonce or associated byte is refused`() throws {
    let sealed = try XChaCha20Poly1305.seal(
      Array("text".utf8), key: Self.key, nonce: Self.nonce, associated: Self.associated)
    for index in Self.key.indices {
      #expect(throws: CryptoFailure.authenticationFailed) {
        try XChaCha20Poly1305.open(
          sealed, key: Self.flipped(Self.key, index), nonce: Self.nonce, associated: Self.associated)
      }
    }
    for index in Self.nonce.indices {
      #expect(throws: CryptoFailure.authenticationFailed) {
        try XChaCha20Poly1305.open(
          sealed, key: Self.key, nonce: Self.flipped(Self.nonce, index), associated: Self.associated)
      }
    }
    for index in Self.associated.indices {
      #expect(throws: CryptoFailure.authenticationFailed) {
        try XChaCha20Poly1305.open(
          sealed, key: Self.key, nonce: Self.nonce, associated: Self.flipped(Self.associated, index))
      }
    }
  }

  @Test func `a text cut short at any byte is refused`() throws {
    let sealed = try XChaCha20Poly1305.seal(
      Array("text".utf8), key: Self.key, nonce: Self.nonce, associated: Self.associated)
    for count in 0..<sealed.count {
      #expect(throws: CryptoFailure.authenticationFailed) {
        try XChaCha20Poly1305.open(
          Array(sealed[..<count]), key: Self.key, nonce: Self.nonce, associated: Self.associated)
      }
    }
  }

  @Test(arguments: [0, 31, 33])
  func `a key of another length is refused by name`(_ count: Int) {
    let failure = CryptoFailure.badLength(of: "key", expected: 32, found: count)
    #expect(throws: failure) {
      try XChaCha20Poly1305.seal([], key: zeroBytes(count), nonce: Self.nonce, associated: [])
    }
    #expect(throws: failure) {
      try XChaCha20Poly1305.open(zeroBytes(20), key: zeroBytes(count), nonce: Self.nonce, associated: [])
    }
  }

  @Test(arguments: [0, 12, 23, 25])
  func `a nonce of another length is refused by name`(_ count: Int) {
    let failure = CryptoFailure.badLength(of: "nonce", expected: 24, found: count)
    #expect(throws: failure) {
      try XChaCha20Poly1305.seal([], key: Self.key, nonce: zeroBytes(count), associated: [])
    }
    #expect(throws: failure) {
      try XChaCha20Poly1305.open(zeroBytes(20), key: Self.key, nonce: zeroBytes(count), associated: [])
    }
  }

  private static func flipped(_ bytes: [UInt8], _ index: Int) -> [UInt8] {
    var bytes = bytes
    bytes[index] ^= 0x10
    return bytes
  }
}
