/// One entry of a webhook body: a batch holds up to 1,000.
package enum WebhookUpdate: Sendable {
  case message(WebhookMessage)
  case status(WebhookStatus)
  /// Another field (`account_update`, …), kept as it came.
  case other(field: String, wabaID: String, raw: [UInt8])
  /// An entry that is not what Meta documents: kept aside with its reason, the others go on.
  case poison(path: String, reason: String, raw: [UInt8])
}

/// A message a customer sent.
package struct WebhookMessage: Sendable, Equatable {
  package var wabaID: String
  package var phoneNumberID: String
  /// Meta's message id: the deduplication key together with the number.
  package var id: String
  /// The customer's number as digits; may be absent for users with a username.
  package var from: String?
  /// The customer's business-scoped user id.
  package var userID: String?
  package var profileName: String?
  /// Milliseconds since 1970 (Meta sends seconds as a string).
  package var timestamp: Int64
  package var type: String
  /// The words, where the type has some: text body, caption, button text, reply title.
  package var text: String?
  /// The message object as Meta sent it.
  package var raw: [UInt8]
}

/// A step of a message the business sent.
package struct WebhookStatus: Sendable, Equatable {
  package var wabaID: String
  package var phoneNumberID: String
  package var id: String
  /// `sent`, `delivered`, `read`, `played`, `failed`; new ones pass through.
  package var status: String
  package var timestamp: Int64
  package var recipientID: String?
  package var recipientUserID: String?
  /// Our own message id, if we sent it along.
  package var callbackData: String?
  package var errorCode: Int?
  package var errorTitle: String?
  package var errorDetails: String?
  package var pricing: WebhookPricing?
}

/// What Meta says a message costs: in `sent` and in one of `delivered` and `read`.
package struct WebhookPricing: Sendable, Equatable {
  package var isBillable: Bool?
  package var model: String?
  package var type: String?
  package var category: String?
}
