/// A step of a message the business sent.
package struct WebhookStatus: Sendable, Equatable {
  package var wabaID: String
  package var phoneNumberID: String
  package var id: String
  /// `sent`, `delivered`, `read`, `played`, `failed`; new ones pass through.
  package var status: String
  /// Milliseconds since 1970.
  package var timestamp: Int64
  /// Who got it. Meta's spelling of the number may differ from the one the message was sent to.
  package var recipient: WebhookPerson
  /// Our own message id, if we sent it along.
  package var callbackData: String?
  package var errorCode: Int?
  package var errorTitle: String?
  package var errorDetails: String?
  package var pricing: WebhookPricing?
  /// Until when the free entry point lasts, in milliseconds, where Meta tells it.
  package var freeEntryExpiresAt: Int64?
}
