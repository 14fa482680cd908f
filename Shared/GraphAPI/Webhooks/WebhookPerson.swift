/// A customer as a webhook names them. Any member may be missing; the number is, for many people with a username.
package struct WebhookPerson: Sendable, Equatable {
  /// Digits.
  package var number: String?
  /// Meta's business-scoped user id (`US.134912…`), scoped to the business portfolio.
  package var userID: String?
  /// The id that linked portfolios share.
  package var parentUserID: String?
  package var name: String?
  package var username: String?

  package init(
    number: String? = nil, userID: String? = nil, parentUserID: String? = nil, name: String? = nil,
    username: String? = nil
  ) {
    self.number = number
    self.userID = userID
    self.parentUserID = parentUserID
    self.name = name
    self.username = username
  }

  /// Whether anything says who it is.
  package var isKnown: Bool { number != nil || userID != nil }
}
