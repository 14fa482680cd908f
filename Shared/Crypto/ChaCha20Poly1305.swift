/// AEAD_CHACHA20_POLY1305 (RFC 8439 §2.8). Its nonce is too short to be drawn at random: use `XChaCha20Poly1305`.
package enum ChaCha20Poly1305 {
  /// Bytes the code adds to a text.
  package static let tagByteCount = Poly1305.tagByteCount

  /// The sealed text followed by its code. `key` is 32 bytes, `nonce` 12; throws `badLength` otherwise.
  package static func seal(
    _ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], associated: [UInt8]
  ) throws(CryptoFailure) -> [UInt8] {
    try check(key, ChaCha20.keyByteCount, of: "key")
    try check(nonce, ChaCha20.nonceByteCount, of: "nonce")
    return sealed(plaintext, key: key, nonce: nonce, associated: associated)
  }

  /// The text, if `sealed` is what `seal` gave for the same key, nonce and associated bytes.
  /// Throws `badLength` for a wrong key or nonce, `authenticationFailed` for everything else.
  package static func open(
    _ sealed: [UInt8], key: [UInt8], nonce: [UInt8], associated: [UInt8]
  ) throws(CryptoFailure) -> [UInt8] {
    try check(key, ChaCha20.keyByteCount, of: "key")
    try check(nonce, ChaCha20.nonceByteCount, of: "nonce")
    guard sealed.count >= tagByteCount else { throw .authenticationFailed }
    let ciphertext = sealed.dropLast(tagByteCount)
    let expected = tag(of: ciphertext, key: key, nonce: nonce, associated: associated)
    guard constantTimeEquals(expected, Array(sealed.suffix(tagByteCount))) else { throw .authenticationFailed }
    return ChaCha20.apply(to: ciphertext, key: key, counter: 1, nonce: nonce)
  }

  /// `seal` for lengths that were checked before.
  static func sealed(_ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], associated: [UInt8]) -> [UInt8] {
    let ciphertext = ChaCha20.apply(to: plaintext[...], key: key, counter: 1, nonce: nonce)
    return ciphertext + tag(of: ciphertext[...], key: key, nonce: nonce, associated: associated)
  }

  static func check(_ bytes: [UInt8], _ expected: Int, of what: String) throws(CryptoFailure) {
    guard bytes.count == expected else { throw .badLength(of: what, expected: expected, found: bytes.count) }
  }

  private static func tag(
    of ciphertext: ArraySlice<UInt8>, key: [UInt8], nonce: [UInt8], associated: [UInt8]
  ) -> [UInt8] {
    var code = Poly1305(key: Array(ChaCha20.block(key: key, counter: 0, nonce: nonce)[..<32]))
    code.update(associated)
    code.padToBlock()
    code.update(ciphertext)
    code.padToBlock()
    code.update(littleEndianBytes(associated.count) + littleEndianBytes(ciphertext.count))
    return code.finalize()
  }

  private static func littleEndianBytes(_ count: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt64(count).littleEndian) { Array($0) }
  }
}
