import Contracts

/// The body of a receipt as businesses read it. Names are the product's; they do not change.
struct ReceiptPayload: Codable, Sendable, Equatable {
  struct SenderView: Codable, Sendable, Equatable {
    var id: SenderID
    var phoneNumber: String?
    var displayName: String?
  }

  var event = "message_status"
  /// The id that the send returned.
  var whatsappMessageID: MessageID
  var metaMessageID: String?
  var conversationID: ConversationID?
  var assistantID: AssistantID?
  var sender: SenderView
  var to: PhoneNumber?
  var from: String?
  var direction = "outbound"
  var status: String
  var errorCode: Int?
  /// Meta's own words.
  var errorMessage: String?
  /// What to do about it, in plain words.
  var errorDescription: String?
  /// When the platform recorded it.
  var timestamp: Timestamp
  /// Meta's time; prefer it.
  var providerTimestamp: Timestamp?
  /// Counts up per message: order by it.
  var sequence: Int
  /// `sent` 1, `delivered` 2, `read` 3; a lower rank after a higher one is late news.
  var statusRank: Int
  var occurredAt: Timestamp
  /// True for a `delivered` that Meta left out because the customer read at once.
  var synthesized: Bool

  init(_ event: StatusEvent, sender: SenderRow) {
    whatsappMessageID = event.messageID
    metaMessageID = event.metaMessageID
    conversationID = event.conversationID
    assistantID = event.assistantID
    self.sender = SenderView(id: event.senderID, phoneNumber: sender.phoneNumber, displayName: sender.displayName)
    to = event.to
    from = sender.phoneNumber
    // Voice messages are also `played`; the product knows five statuses, and a played one was read.
    status = event.status == .played ? MessageStatus.read.rawValue : event.status.rawValue
    errorCode = event.error?.metaCode
    errorMessage = event.error?.metaDetails ?? event.error?.metaTitle
    errorDescription = event.error?.message
    timestamp = event.occurredAt
    providerTimestamp = event.providerTimestamp
    sequence = event.sequence
    statusRank = Self.rank(event.status)
    occurredAt = event.providerTimestamp ?? event.occurredAt
    synthesized = event.isSynthesized
  }

  private static func rank(_ status: MessageStatus) -> Int {
    switch status {
    case .sent: 1
    case .delivered: 2
    case .read, .played: 3
    case .failed: 4
    default: 0
    }
  }
}
