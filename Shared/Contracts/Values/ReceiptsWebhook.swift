/// Where the receipts of a sender are pushed.
package struct ReceiptsWebhook: Codable, Sendable, Equatable {
  package var id: WebhookID
  package var senderID: SenderID
  package var url: String
  /// The signing secret, `whsec_…`: present only in the answer that made it.
  package var secret: String?
  /// Counts up with every save.
  package var version: Int64
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    id: WebhookID, senderID: SenderID, url: String, secret: String?, version: Int64 = 1, createdAt: Timestamp,
    updatedAt: Timestamp
  ) {
    self.id = id
    self.senderID = senderID
    self.url = url
    self.secret = secret
    self.version = version
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// One event on its way to one webhook.
package struct Delivery: Codable, Sendable, Equatable {
  package enum State: String, Codable, Sendable, CaseIterable {
    case waiting
    case delivered
    /// Every attempt of the schedule failed.
    case exhausted
    /// The person it is about was erased before it was delivered.
    case cancelled
  }

  package var id: DeliveryID
  package var eventID: EventID
  package var webhookID: WebhookID
  package var messageID: MessageID
  package var status: MessageStatus
  package var state: State
  package var attempts: [DeliveryAttempt]
  package var nextAttemptAt: Timestamp?
  package var createdAt: Timestamp

  package init(
    id: DeliveryID, eventID: EventID, webhookID: WebhookID, messageID: MessageID, status: MessageStatus, state: State,
    attempts: [DeliveryAttempt], nextAttemptAt: Timestamp?, createdAt: Timestamp
  ) {
    self.id = id
    self.eventID = eventID
    self.webhookID = webhookID
    self.messageID = messageID
    self.status = status
    self.state = state
    self.attempts = attempts
    self.nextAttemptAt = nextAttemptAt
    self.createdAt = createdAt
  }
}

/// One POST to a webhook and what came of it.
package struct DeliveryAttempt: Codable, Sendable, Equatable {
  package var id: AttemptID
  package var at: Timestamp
  package var durationMilliseconds: Int
  /// The address the egress guard dialled.
  package var dialledAddress: String?
  package var httpStatus: Int?
  /// Class of a failure without an answer: `timeout`, `connect_failed`, `egress_denied`, …
  package var errorClass: String?
  /// The first 2 KiB of the answer.
  package var response: String?

  package init(
    id: AttemptID, at: Timestamp, durationMilliseconds: Int, dialledAddress: String?, httpStatus: Int?,
    errorClass: String?,
    response: String?
  ) {
    self.id = id
    self.at = at
    self.durationMilliseconds = durationMilliseconds
    self.dialledAddress = dialledAddress
    self.httpStatus = httpStatus
    self.errorClass = errorClass
    self.response = response
  }
}
