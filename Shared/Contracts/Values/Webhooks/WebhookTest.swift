/// What was sent as a test, and what came back.
package struct WebhookTest: Codable, Sendable, Equatable {
  /// With the secret if this test made it.
  package var webhook: Webhook
  package var eventType: PlatformEvent.Kind
  package var url: String
  /// As they were sent, without the customer's own values.
  package var headers: [WebhookHeader]
  /// The very bytes of the body: what `X-Signature-256` is over.
  package var body: String
  /// What `webhook-signature` is over: id, time and body.
  package var signedContent: String
  /// Whether the endpoint took it: any 2xx.
  package var isSuccess: Bool
  package var attempt: DeliveryAttempt
  /// What to do, when it was not taken.
  package var advice: String?

  package init(
    webhook: Webhook, eventType: PlatformEvent.Kind, url: String, headers: [WebhookHeader], body: String,
    signedContent: String, isSuccess: Bool, attempt: DeliveryAttempt, advice: String?
  ) {
    self.webhook = webhook
    self.eventType = eventType
    self.url = url
    self.headers = headers
    self.body = body
    self.signedContent = signedContent
    self.isSuccess = isSuccess
    self.attempt = attempt
    self.advice = advice
  }
}
