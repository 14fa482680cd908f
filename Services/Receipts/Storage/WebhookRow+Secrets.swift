import Contracts
import Crypto
import JSON

extension WebhookRow {
  /// How long the secret before a rotation may go on signing, in hours.
  static let overlapHours = 0...168
  static let standardOverlapHours = 24

  /// Why nothing can be signed for a webhook: as an attempt's log says it.
  enum Unreadable: String, Error {
    case secret = "secret_unreadable"
    case headers = "headers_unreadable"
  }

  /// What a delivery is signed with at a moment. There is no other: without a secret of its own nothing is delivered.
  func secrets(_ keyring: SealingKeyring, at now: Int64) throws(Unreadable) -> SigningSecrets {
    guard let current = Self.open(sealedSecret, binding: Self.binding(id), keyring) else { throw .secret }
    guard let previous, previous.until > now else { return SigningSecrets(current) }
    // An old one that cannot be read does not keep the new one from signing.
    return SigningSecrets(
      current, previous: Self.open(previous.sealed, binding: Self.binding(id, column: "previous_secret"), keyring))
  }

  /// The customer's own headers with their values.
  func ownHeaders(_ keyring: SealingKeyring) throws(Unreadable) -> [WebhookHeader] {
    guard let sealedHeaders else { return [] }
    guard let opened = try? keyring.open(sealedHeaders, binding: Self.binding(id, column: "headers")),
      let headers = try? JSONCoder.decode([WebhookHeader].self, from: opened.bytes)
    else { throw .headers }
    return headers
  }

  /// Exchanges the secret; the one before it signs too until the overlap ends. One that is being overlapped already is
  /// dropped: two at most sign.
  mutating func rotate(overlapHours hours: Int, _ keyring: SealingKeyring, at now: Int64) -> SigningSecret {
    previous = nil
    // What cannot be opened any more cannot sign either: a rotation is the way out.
    if hours > 0, let old = Self.open(sealedSecret, binding: Self.binding(id), keyring) {
      previous = PreviousSecret(
        sealed: keyring.seal(old.text, binding: Self.binding(id, column: "previous_secret")),
        fingerprint: old.fingerprint, until: now + Int64(hours) * 3_600_000)
    }
    let new = SigningSecret.make()
    sealedSecret = keyring.seal(new.text, binding: Self.binding(id))
    secretFingerprint = new.fingerprint
    return new
  }

  /// Drops a secret whose overlap has ended; every change by a person does.
  mutating func dropExpiredSecret(at now: Int64) {
    if let previous, previous.until <= now { self.previous = nil }
  }

  private static func open(_ sealed: String, binding: String, _ keyring: SealingKeyring) -> SigningSecret? {
    (try? keyring.open(sealed, binding: binding)).flatMap { SigningSecret($0) }
  }
}
