import Crypto

/// The secret part of an onboarding link: 32 random bytes in base64url. Only their hash is stored.
struct OnboardingToken: Sendable {
  let text: String
  /// SHA-256 of the random bytes: they are random, so there is nothing to guess and a fast hash is enough.
  let hash: [UInt8]

  /// Nil for what is no token.
  init?(_ text: String) {
    guard text.utf8.count == 43, let bytes = Base64.decodeURLSafe(text), bytes.count == 32 else { return nil }
    self.text = text
    hash = SHA256.hash(bytes)
  }

  private init(_ bytes: [UInt8]) {
    text = Base64.encodeURLSafe(bytes)
    hash = SHA256.hash(bytes)
  }

  static func make() -> OnboardingToken { OnboardingToken(RandomBytes.make(32)) }
}
