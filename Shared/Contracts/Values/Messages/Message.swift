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
    expiresAt: Timestamp? = nil, metaMessageStatus: String? = nil, readAt: Timestamp? = nil,
    editedAt: Timestamp? = nil, earlierVersions: [MessageVersion]? = nil, revokedAt: Timestamp? = nil,
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
    self.readAt = readAt
    self.editedAt = editedAt
    self.earlierVersions = earlierVersions
    self.revokedAt = revokedAt
    self.providerTimestamp = providerTimestamp
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}
