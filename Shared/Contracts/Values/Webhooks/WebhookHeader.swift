/// A header of the customer's own, sent with every delivery.
package struct WebhookHeader: Codable, Sendable, Equatable {
  /// At most 64 characters: letters, digits and `-`, `_`, `.` and the like.
  package var name: String
  /// Visible ASCII, at most 1,024 characters. Never shown again: it is often a credential.
  package var value: String?

  package init(name: String, value: String?) {
    self.name = name
    self.value = value
  }
}
