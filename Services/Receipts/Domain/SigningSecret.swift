import Crypto

/// A webhook's signing secret: `whsec_` and base64 of 32 random bytes.
struct SigningSecret: Sendable {
  static let prefix = "whsec_"

  /// The whole text: what the owner is shown once, and the key of `X-Signature-256`.
  let text: Secret
  /// The decoded bytes: the key of the Standard Webhooks signature.
  let key: Secret

  /// The first 8 hex digits of SHA-256 over the text: tells secrets apart and tells nothing of them.
  var fingerprint: String { String(Hex.encode(SHA256.hash(text.bytes)).prefix(8)) }

  static func make() -> SigningSecret {
    let key = RandomBytes.make(32)
    return SigningSecret(text: Secret(prefix + Base64.encode(key)), key: Secret(key))
  }

  /// Nil for anything that is not a secret of ours (Standard Webhooks allows 24 to 64 bytes).
  init?(_ text: Secret) {
    guard let string = text.string, string.hasPrefix(Self.prefix),
      let key = Base64.decode(String(string.dropFirst(Self.prefix.count))), (24...64).contains(key.count)
    else { return nil }
    self.init(text: text, key: Secret(key))
  }

  private init(text: Secret, key: Secret) {
    self.text = text
    self.key = key
  }
}
