/// A step of an outbound message, on its way from the router to a business's webhook.
///
/// The id is stable: the same event handed over twice is stored once and delivered under one `webhook-id`.
package struct StatusEvent: Codable, Sendable, Equatable {
  package var id: EventID
  package var accountID: AccountID
  package var senderID: SenderID
  package var messageID: MessageID
  package var metaMessageID: String?
  package var conversationID: ConversationID?
  package var assistantID: AssistantID?
  /// The customer's number, where Meta tells it.
  package var to: PhoneNumber?
  /// `sent`, `delivered`, `read`, `played` or `failed`.
  package var status: MessageStatus
  /// Counts up per message, so that a receiver can order what arrives out of order.
  package var sequence: Int
  /// True for a `delivered` that was made because `read` came first.
  package var isSynthesized: Bool
  package var error: MessageError?
  /// When the platform recorded it, and Meta's own time.
  package var occurredAt: Timestamp
  package var providerTimestamp: Timestamp?

  package init(
    id: EventID, accountID: AccountID, senderID: SenderID, messageID: MessageID, metaMessageID: String?,
    conversationID: ConversationID?, assistantID: AssistantID?, to: PhoneNumber?, status: MessageStatus, sequence: Int,
    isSynthesized: Bool, error: MessageError?, occurredAt: Timestamp, providerTimestamp: Timestamp?
  ) {
    self.id = id
    self.accountID = accountID
    self.senderID = senderID
    self.messageID = messageID
    self.metaMessageID = metaMessageID
    self.conversationID = conversationID
    self.assistantID = assistantID
    self.to = to
    self.status = status
    self.sequence = sequence
    self.isSynthesized = isSynthesized
    self.error = error
    self.occurredAt = occurredAt
    self.providerTimestamp = providerTimestamp
  }
}
