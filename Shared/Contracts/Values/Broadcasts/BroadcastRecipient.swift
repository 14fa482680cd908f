/// Somebody a broadcast is for.
package struct BroadcastRecipient: Codable, Sendable, Equatable {
  package enum State: String, Codable, Sendable, CaseIterable {
    /// Not looked at yet.
    case pending
    case queued
    /// Taken by Meta.
    case sent
    case delivered
    case read
    case failed
    case unknown
    /// Not written to; `reason` says why.
    case skipped
    case expired
    case cancelled
  }

  /// The number or the contact that was named.
  package var to: PhoneNumber?
  package var contactID: ContactID?
  package var name: String?
  package var variables: [String: String]
  package var state: State
  /// Why it was skipped, for example `OPTED_OUT`, or why its message failed.
  package var reason: String?
  package var messageID: MessageID?

  package init(
    to: PhoneNumber?, contactID: ContactID?, name: String?, variables: [String: String], state: State,
    reason: String? = nil, messageID: MessageID? = nil
  ) {
    self.to = to
    self.contactID = contactID
    self.name = name
    self.variables = variables
    self.state = state
    self.reason = reason
    self.messageID = messageID
  }
}
