/// Meta's answer to a message: accepted, not delivered.
package struct AcceptedMessage: Sendable, Equatable {
  /// `wamid…`
  package var id: String
  /// Of templates: `accepted`, `held_for_quality_assessment`, `paused`; new ones pass through.
  package var status: String?
  /// The customer's number as digits, and user id, as far as Meta tells them.
  package var waID: String?
  package var userID: String?

  package init(id: String, status: String? = nil, waID: String? = nil, userID: String? = nil) {
    self.id = id
    self.status = status
    self.waID = waID
    self.userID = userID
  }
}
