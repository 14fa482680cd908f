/// AEAD_XChaCha20_Poly1305 (draft-irtf-cfrg-xchacha-03): secrecy and integrity with a nonce long enough to be random.
package enum XChaCha20Poly1305 {
  /// Bytes in a key.
  package static let keyByteCount = ChaCha20.keyByteCount

  /// Bytes in a nonce.
  package static let nonceByteCount = 24

  /// Bytes the code adds to a text.
  package static let tagByteCount = Poly1305.tagByteCount

  /// The sealed text followed by its 16-byte code. `key` is 32 bytes, `nonce` 24; throws `badLength` otherwise.
  package static func seal(
    _ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], associated: [UInt8]
  ) throws(CryptoFailure) -> [UInt8] {
    try ChaCha20Poly1305.check(key, keyByteCount, of: "key")
    try ChaCha20Poly1305.check(nonce, nonceByteCount, of: "nonce")
    return sealed(plaintext, key: key, nonce: nonce, associated: associated)
  }

  /// The text, if `sealed` is what `seal` gave for the same key, nonce and associated bytes.
  /// Throws `badLength` for a wrong key or nonce, `authenticationFailed` for everything else.
  package static func open(
    _ sealed: [UInt8], key: [UInt8], nonce: [UInt8], associated: [UInt8]
  ) throws(CryptoFailure) -> [UInt8] {
    try ChaCha20Poly1305.check(key, keyByteCount, of: "key")
    try ChaCha20Poly1305.check(nonce, nonceByteCount, of: "nonce")
    let short = derive(key: key, nonce: nonce)
    return try ChaCha20Poly1305.open(sealed, key: short.key, nonce: short.nonce, associated: associated)
  }

  /// `seal` for lengths that were checked before.
  static func sealed(_ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], associated: [UInt8]) -> [UInt8] {
    let short = derive(key: key, nonce: nonce)
    return ChaCha20Poly1305.sealed(plaintext, key: short.key, nonce: short.nonce, associated: associated)
  }

  /// The first 16 bytes of the nonce go into the key, the other 8 into the nonce of ChaCha20 (§2.3).
  private static func derive(key: [UInt8], nonce: [UInt8]) -> (key: [UInt8], nonce: [UInt8]) {
    (ChaCha20.hChaCha20(key: key, nonce: Array(nonce[..<16])), [0, 0, 0, 0] + nonce[16...])
  }
}
