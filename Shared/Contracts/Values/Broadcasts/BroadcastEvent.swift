/// Something that happened to a broadcast.
package struct BroadcastEvent: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    case created
    case uploaded
    case started
    case paused
    case resumed
    case completed
    case cancelled
  }

  package var id: EventID
  package var kind: Kind
  /// Of a pause: why.
  package var reason: Broadcast.PauseReason?
  package var detail: String?
  /// Who did it; absent where the service did.
  package var actor: String?
  package var at: Timestamp

  package init(
    id: EventID, kind: Kind, reason: Broadcast.PauseReason?, detail: String?, actor: String?, at: Timestamp
  ) {
    self.id = id
    self.kind = kind
    self.reason = reason
    self.detail = detail
    self.actor = actor
    self.at = at
  }
}
