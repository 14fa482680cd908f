import Crypto
import Testing

@Suite struct ChaCha20Poly1305Tests {
  static let associated = vectorBytes("50515253c0c1c2c3c4c5c6c7")

  @Test func `RFC 8439 section 2.8.2`() throws {
    let sealed = try ChaCha20Poly1305.seal(
      PublishedTexts.sunscreen, key: Array(0x80...0x9f), nonce: vectorBytes("070000004041424344454647"),
      associated: Self.associated)
    #expect(
      Hex.encode(sealed)
        == "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
        + "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
        + "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
        + "3ff4def08e4b7a9de576d26586cec64b6116" + "1ae10b594f09e26a7e902ecbd0600691")
  }

  @Test func `RFC 8439 appendix A.4, the one-time key`() {
    let key = vectorBytes("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0")
    let block = ChaCha20.block(key: key, counter: 0, nonce: zeroBytes(11) + [2])
    #expect(Hex.encode(Array(block[..<32])) == "965e3bc6f9ec7ed9560808f4d229f94b137ff275ca9b3fcbdd59deaad23310ae")
  }

  @Test func `RFC 8439 appendix A.5, opening`() throws {
    let sealed = vectorBytes(
      """
      64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb2
      4c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b0100d4f03b7f355894cf
      332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c855
      9797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4
      b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523e
      af4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a
      0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a10
      49e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29
      a6ad5cb4022b02709b eead9d67890cbb22392336fea1851f38
      """)
    let opened = try ChaCha20Poly1305.open(
      sealed, key: vectorBytes("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0"),
      nonce: vectorBytes("000000000102030405060708"), associated: vectorBytes("f33388860000000000004e91"))
    #expect(opened == PublishedTexts.internetDrafts)
  }

  @Test func `bytes moved between text and associated bytes are noticed`() throws {
    let key = PseudoRandomBytes.make(seed: 1, count: 32)
    let sealed = try ChaCha20Poly1305.seal([], key: key, nonce: zeroBytes(12), associated: [1, 2, 3])
    #expect(throws: CryptoFailure.authenticationFailed) {
      try ChaCha20Poly1305.open([1] + sealed, key: key, nonce: zeroBytes(12), associated: [2, 3])
    }
    #expect(throws: CryptoFailure.authenticationFailed) {
      try ChaCha20Poly1305.open(sealed, key: key, nonce: zeroBytes(12), associated: [1, 2, 3, 0])
    }
  }
}
