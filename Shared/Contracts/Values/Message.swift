/// One message of a conversation, in or out.
package struct Message: Codable, Sendable, Equatable {
  package enum Direction: String, Codable, Sendable, CaseIterable {
    case inbound
    case outbound
  }

  package var id: MessageID
  package var senderID: SenderID
  package var conversationID: ConversationID
  package var direction: Direction
  /// Meta's type: `text`, `image`, …; unknown ones are kept as they came.
  package var type: String
  /// The text of a text message.
  package var text: String?
  package var status: MessageStatus
  /// Meta's id (`wamid…`), known once accepted or received.
  package var metaMessageID: String?
  package var error: MessageError?
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    id: MessageID, senderID: SenderID, conversationID: ConversationID, direction: Direction, type: String,
    text: String?,
    status: MessageStatus, metaMessageID: String? = nil, error: MessageError? = nil, createdAt: Timestamp,
    updatedAt: Timestamp
  ) {
    self.id = id
    self.senderID = senderID
    self.conversationID = conversationID
    self.direction = direction
    self.type = type
    self.text = text
    self.status = status
    self.metaMessageID = metaMessageID
    self.error = error
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// Where a message is on its way. It only moves forward; `failed` may follow any but `read` and `played`.
package enum MessageStatus: String, Codable, Sendable, CaseIterable {
  /// Inbound: stored. Never an outbound status.
  case received
  case queued
  /// Committed before the first byte leaves.
  case sending
  /// Meta answered 200.
  case accepted
  /// The send may or may not have reached Meta; the status webhook settles it. Never resent by itself.
  case unknown
  case sent
  case delivered
  case read
  case played
  case failed

  /// The ladder's order: a status with a lower rank never replaces a higher one.
  package var rank: Int {
    switch self {
    case .received, .queued: 0
    case .sending: 1
    case .unknown: 2
    case .accepted: 3
    case .sent: 4
    case .delivered: 5
    case .read: 6
    case .played: 7
    case .failed: 8
    }
  }
}

/// Why a message failed: our stable code, and Meta's own words beside it.
package struct MessageError: Codable, Sendable, Equatable {
  /// Stable `UPPER_SNAKE`.
  package var code: String
  package var message: String
  package var metaCode: Int?
  package var metaTitle: String?
  package var metaDetails: String?
  package var isRetriable: Bool

  package init(
    code: String, message: String, metaCode: Int? = nil, metaTitle: String? = nil, metaDetails: String? = nil,
    isRetriable: Bool = false
  ) {
    self.code = code
    self.message = message
    self.metaCode = metaCode
    self.metaTitle = metaTitle
    self.metaDetails = metaDetails
    self.isRetriable = isRetriable
  }
}
