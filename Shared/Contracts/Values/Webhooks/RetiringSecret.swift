/// A signing secret that was rotated away and signs beside the new one for a while.
package struct RetiringSecret: Codable, Sendable, Equatable {
  /// See `Webhook.secretFingerprint`.
  package var fingerprint: String
  /// From here on only the new one signs.
  package var expiresAt: Timestamp

  package init(fingerprint: String, expiresAt: Timestamp) {
    self.fingerprint = fingerprint
    self.expiresAt = expiresAt
  }
}
