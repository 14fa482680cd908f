/// A mail address on a card.
package struct ContactCardEmail: Codable, Sendable, Equatable {
  package var email: String?
  package var type: String?

  package init(email: String? = nil, type: String? = nil) {
    self.email = email
    self.type = type
  }
}
