package import Crypto

/// The text of an API key: `wsk_` and 32 random bytes in base64url. Only its hash is stored.
package struct APIKeyText: Sendable {
  /// SHA-256 of the random bytes. They are random, so a fast hash is enough: there is nothing to guess.
  let hash: [UInt8]
  /// The beginning, for people to tell keys apart.
  let prefix: String

  /// Nil when the text is not a key's.
  package init?(_ text: String) {
    guard text.hasPrefix("wsk_"), text.utf8.count == 47, let bytes = Base64.decodeURLSafe(String(text.dropFirst(4))),
      bytes.count == 32
    else { return nil }
    hash = SHA256.hash(bytes)
    prefix = String(text.prefix(10))
  }

  /// A new key, to be shown once.
  package static func generate() -> Secret { Secret("wsk_" + Base64.encodeURLSafe(RandomBytes.make(32))) }
}
