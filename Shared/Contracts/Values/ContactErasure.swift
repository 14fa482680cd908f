/// The erasure of a person, under way or done.
package struct ContactErasure: Codable, Sendable, Equatable {
  package enum State: String, Codable, Sendable, CaseIterable {
    /// Out of reach already; rows are being deleted.
    case running
    /// Nothing is left here, and `receipts` has been told.
    case done
  }

  package var contactID: ContactID
  package var state: State
  /// Deleted so far.
  package var messages: Int
  package var requestedAt: Timestamp
  package var finishedAt: Timestamp?

  package init(
    contactID: ContactID, state: State, messages: Int, requestedAt: Timestamp, finishedAt: Timestamp?
  ) {
    self.contactID = contactID
    self.state = state
    self.messages = messages
    self.requestedAt = requestedAt
    self.finishedAt = finishedAt
  }
}
