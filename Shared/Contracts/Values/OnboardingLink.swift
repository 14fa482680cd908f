/// A link that lets somebody without an API key connect one sender, once.
package struct OnboardingLink: Codable, Sendable, Equatable {
  package enum State: String, Codable, Sendable, CaseIterable {
    case active
    /// It has started an onboarding.
    case used
    case revoked
    case expired
  }

  package var id: LinkID
  package var senderID: SenderID
  /// Whoever has it may connect the sender; only in the answer that made the link.
  package var url: String?
  package var note: String?
  package var state: State
  package var expiresAt: Timestamp
  package var createdAt: Timestamp
  package var usedAt: Timestamp?
  package var revokedAt: Timestamp?

  package init(
    id: LinkID, senderID: SenderID, url: String? = nil, note: String?, state: State, expiresAt: Timestamp,
    createdAt: Timestamp, usedAt: Timestamp? = nil, revokedAt: Timestamp? = nil
  ) {
    self.id = id
    self.senderID = senderID
    self.url = url
    self.note = note
    self.state = state
    self.expiresAt = expiresAt
    self.createdAt = createdAt
    self.usedAt = usedAt
    self.revokedAt = revokedAt
  }
}
