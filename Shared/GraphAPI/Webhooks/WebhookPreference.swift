/// What a customer wants to hear of (`user_preferences`).
package struct WebhookPreference: Sendable, Equatable {
  package var wabaID: String
  package var phoneNumberID: String
  package var customer: WebhookPerson
  /// `marketing_messages`; new ones pass through.
  package var category: String
  /// `stop`, `resume`; new ones pass through.
  package var value: String
  package var detail: String?
  /// Milliseconds since 1970.
  package var timestamp: Int64
}
