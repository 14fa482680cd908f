/// A header of the customer's own, sent with every delivery.
package struct WebhookHeader: Codable, Sendable, Equatable {
  package var name: String
  /// Never shown again: it is often a credential.
  package var value: String?

  package init(name: String, value: String?) {
    self.name = name
    self.value = value
  }
}
