/// One named key of a keyring, ready for sealing.
struct SealingKey: Sendable {
  /// Bytes of a master key, before derivation.
  static let masterByteCount = 32

  static let maximumIDLength = 32

  let id: String
  private let key: Secret

  /// Derives the key that seals, so that the master key can serve other purposes without meeting this one.
  init(id: String, master: [UInt8]) {
    self.id = id
    let info = Array("wss sealing v1".utf8)
    key = Secret(HKDFSHA256.derive(secret: master, salt: [], info: info, count: XChaCha20Poly1305.keyByteCount))
  }

  /// Letters, digits, "-" and "_" only: an id stands between dots in a sealed value and between spaces in the file.
  static func isValidID(_ id: some StringProtocol) -> Bool {
    (1...maximumIDLength).contains(id.utf8.count)
      && id.utf8.allSatisfy { character in
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  func seal(_ plaintext: [UInt8], binding: String) -> [UInt8] {
    let nonce = RandomBytes.make(XChaCha20Poly1305.nonceByteCount)
    return nonce
      + XChaCha20Poly1305.sealed(plaintext, key: key.bytes, nonce: nonce, associated: associated(binding))
  }

  func open(_ box: [UInt8], binding: String) throws(CryptoFailure) -> [UInt8] {
    let nonce = Array(box.prefix(XChaCha20Poly1305.nonceByteCount))
    let sealed = Array(box.dropFirst(XChaCha20Poly1305.nonceByteCount))
    guard nonce.count == XChaCha20Poly1305.nonceByteCount else { throw .authenticationFailed }
    return try XChaCha20Poly1305.open(sealed, key: key.bytes, nonce: nonce, associated: associated(binding))
  }

  /// A zero byte ends each part; an id holds none, so no two pairs of id and binding give the same bytes.
  private func associated(_ binding: String) -> [UInt8] {
    Array("wss-seal-v1".utf8) + [0] + Array(id.utf8) + [0] + Array(binding.utf8)
  }
}
