/// One event on its way to one webhook.
package struct Delivery: Codable, Sendable, Equatable {
  package enum State: String, Codable, Sendable, CaseIterable {
    /// For its first attempt, for the next one, or for its turn.
    case waiting
    /// Behind an earlier one of the same contact: the webhook is in ordered mode.
    case behind
    /// Until its webhook, which is paused, is resumed.
    case held
    case delivered
    /// Every attempt of the schedule failed.
    case exhausted
    /// The person it is about was erased before it was delivered, or the webhook was deleted or resumed without it.
    case cancelled

    /// It may still be delivered.
    package var isOpen: Bool { self == .waiting || self == .behind || self == .held }
  }

  package var id: DeliveryID
  package var eventID: EventID
  package var webhookID: WebhookID
  package var eventType: PlatformEvent.Kind
  package var senderID: SenderID?
  /// Of the step of a message.
  package var messageID: MessageID?
  package var status: MessageStatus?
  package var state: State
  /// Made again by a replay: it waits in a lane of its own, behind what is new.
  package var isReplay: Bool
  package var attempts: [DeliveryAttempt]
  package var nextAttemptAt: Timestamp?
  package var createdAt: Timestamp

  package init(
    id: DeliveryID, eventID: EventID, webhookID: WebhookID, eventType: PlatformEvent.Kind, senderID: SenderID?,
    messageID: MessageID?, status: MessageStatus?, state: State, isReplay: Bool, attempts: [DeliveryAttempt],
    nextAttemptAt: Timestamp?, createdAt: Timestamp
  ) {
    self.id = id
    self.eventID = eventID
    self.webhookID = webhookID
    self.eventType = eventType
    self.senderID = senderID
    self.messageID = messageID
    self.status = status
    self.state = state
    self.isReplay = isReplay
    self.attempts = attempts
    self.nextAttemptAt = nextAttemptAt
    self.createdAt = createdAt
  }
}
