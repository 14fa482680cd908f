/// One message of a conversation, in or out.
package struct Message: Codable, Sendable, Equatable {
  package enum Direction: String, Codable, Sendable, CaseIterable {
    case inbound
    case outbound
  }

  /// Who wrote it.
  package enum Origin: String, Codable, Sendable, CaseIterable {
    case customer
    case api
    case assistant
    case broadcast
    /// A person, in the WhatsApp Business app of a number that is used there too.
    case app
  }

  /// What a queued message waits for.
  package enum Waiting: String, Codable, Sendable, CaseIterable {
    /// Its `send_at`.
    case scheduled
    /// The sender is not online.
    case senderOffline = "sender_offline"
    /// The number may not send for now: an error of Meta's, which `GET /v1/senders/{id}/limits` names, or somebody has
    /// to mend something first.
    case senderPaused = "sender_paused"
    /// The WhatsApp Business Account may not send for now.
    case accountPaused = "account_paused"
    /// Broadcasts of the number may not be sent for now.
    case broadcastsPaused = "broadcasts_paused"
    /// The portfolio has written to as many people first as it may within 24 hours.
    case messagingLimit = "messaging_limit"
    /// Another message of its conversation goes first.
    case conversation
    /// Messages to one customer, a few seconds apart.
    case pairRate = "pair_rate"
    /// The next try, after one that did not work out: see `error`.
    case retryAfter = "retry_after"
    /// Its turn: nothing else holds it back than the number's messages per second.
    case throughput
  }

  package var id: MessageID
  package var senderID: SenderID
  package var conversationID: ConversationID
  package var direction: Direction
  /// Meta's type: `text`, `image`, …; unknown ones are kept as they came.
  package var type: String
  /// Its words: the body of a text, a caption, the title of a chosen reply, the text of a template.
  package var text: String?
  /// What it carries beside words.
  package var content: MessageContent?
  package var origin: Origin
  /// The message that this one answers, when it is known here.
  package var replyTo: MessageID?
  package var status: MessageStatus
  /// Meta's id (`wamid…`), known once accepted or received.
  package var metaMessageID: String?
  package var error: MessageError?
  package var templateID: TemplateID?
  package var broadcastID: BroadcastID?
  /// What Meta says it costs, from its statuses.
  package var pricing: MessagePricing?
  /// Outbound: not sent before this moment, where one was asked for.
  package var sendAt: Timestamp?
  /// Outbound: not sent after this moment; it ends as `expired`.
  package var expiresAt: Timestamp?
  /// Outbound template: what Meta does with it, when that is more than sending: `held_for_quality_assessment`, `paused`.
  package var metaMessageStatus: String?
  /// Queued: what it waits for, as it was found when the message was read.
  package var waiting: Waiting?
  /// Queued: until when at least, where that is known.
  package var waitingUntil: Timestamp?
  /// The failed message whose content this one sends once more, as its `resend` asked for.
  package var resentFrom: MessageID?
  /// Failed: the message that sends its content once more.
  package var resentAs: MessageID?
  /// Inbound: when it was marked as read for the customer.
  package var readAt: Timestamp?
  /// When its writer last changed it; `text` is what it says since.
  package var editedAt: Timestamp?
  /// What it said before, oldest first: the last ten at most.
  package var earlierVersions: [MessageVersion]?
  /// When its writer removed it: what it said and carried is gone.
  package var revokedAt: Timestamp?
  /// When the customer's app, or Meta, says that it was written.
  package var providerTimestamp: Timestamp?
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    id: MessageID, senderID: SenderID, conversationID: ConversationID, direction: Direction, type: String,
    text: String?, content: MessageContent? = nil, origin: Origin, replyTo: MessageID? = nil, status: MessageStatus,
    metaMessageID: String? = nil, error: MessageError? = nil, templateID: TemplateID? = nil,
    broadcastID: BroadcastID? = nil, pricing: MessagePricing? = nil, sendAt: Timestamp? = nil,
    expiresAt: Timestamp? = nil, metaMessageStatus: String? = nil, resentFrom: MessageID? = nil,
    resentAs: MessageID? = nil, readAt: Timestamp? = nil, editedAt: Timestamp? = nil,
    earlierVersions: [MessageVersion]? = nil, revokedAt: Timestamp? = nil,
    providerTimestamp: Timestamp? = nil, createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.senderID = senderID
    self.conversationID = conversationID
    self.direction = direction
    self.type = type
    self.text = text
    self.content = content
    self.origin = origin
    self.replyTo = replyTo
    self.status = status
    self.metaMessageID = metaMessageID
    self.error = error
    self.templateID = templateID
    self.broadcastID = broadcastID
    self.pricing = pricing
    self.sendAt = sendAt
    self.expiresAt = expiresAt
    self.metaMessageStatus = metaMessageStatus
    self.resentFrom = resentFrom
    self.resentAs = resentAs
    self.readAt = readAt
    self.editedAt = editedAt
    self.earlierVersions = earlierVersions
    self.revokedAt = revokedAt
    self.providerTimestamp = providerTimestamp
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}
