import Crypto

/// A webhook's signing secret: `whsec_` and base64 of 32 random bytes.
struct SigningSecret: Sendable {
  static let prefix = "whsec_"

  let text: String

  static func make() -> SigningSecret { SigningSecret(text: prefix + Base64.encode(RandomBytes.make(32))) }

  /// What Standard Webhooks signs with: the decoded bytes. Nil for text that is not a secret of ours.
  var decoded: [UInt8]? {
    guard text.hasPrefix(Self.prefix) else { return nil }
    return Base64.decode(String(text.dropFirst(Self.prefix.count)))
  }
}
