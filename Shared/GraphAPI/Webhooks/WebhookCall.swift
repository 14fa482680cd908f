/// A call's beginning (`calls`, event `connect`).
package struct WebhookCall: Sendable, Equatable {
  package var wabaID: String
  package var phoneNumberID: String
  package var id: String
  /// Whether the customer called, not the business.
  package var isByCustomer: Bool
  package var customer: WebhookPerson
  /// Milliseconds since 1970.
  package var timestamp: Int64
}
