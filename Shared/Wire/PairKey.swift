package import Crypto

/// One key that this service shares with exactly one other. Whoever proves to hold it is that other.
package struct PairKey: Sendable {
  /// Names the key on the wire; unique among all keys of this service.
  package let id: String
  /// The service at the other end.
  package let peer: ServiceName
  let code: HMACSHA256Key
  private let secret: Secret

  init(id: String, peer: ServiceName, secret: Secret) {
    self.id = id
    self.peer = peer
    self.secret = secret
    code = HMACSHA256Key(secret)
  }

  /// A key of `count` bytes for another purpose of the same pair (HKDF-SHA256, RFC 5869), named by `purpose`.
  package func derive(_ purpose: String, count: Int = 32) -> Secret {
    Secret(HKDFSHA256.derive(secret: secret.bytes, salt: [], info: Array(("wsrpc1 " + purpose).utf8), count: count))
  }
}
