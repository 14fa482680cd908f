/// A send of which nobody knows whether it reached Meta.
package struct UnknownMessage: Codable, Sendable, Equatable {
  /// What somebody decides of it.
  package enum Decision: String, Codable, Sendable, CaseIterable {
    /// Send it again: the customer may get it twice.
    case resend
    /// Take it for failed.
    case failed
    /// Take it for accepted.
    case accepted
  }

  package var message: Message
  /// True once webhooks have arrived for long enough that Meta would have told of it.
  package var isUnsettled: Bool
  package var since: Timestamp

  package init(message: Message, isUnsettled: Bool, since: Timestamp) {
    self.message = message
    self.isUnsettled = isUnsettled
    self.since = since
  }
}
