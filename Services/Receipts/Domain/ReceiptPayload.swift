import Contracts

/// The body of a receipt as businesses read it. Names are the product's; they do not change, and what is not known
/// is there as `null`.
struct ReceiptPayload: Encodable, Sendable, Equatable {
  struct SenderView: Encodable, Sendable, Equatable {
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
  /// `sent` 1, `delivered` 2, `read` 3, `failed` 4; a lower rank after a higher one is late news.
  var statusRank: Int
  var occurredAt: Timestamp
  /// True for a `delivered` that Meta left out because the customer read at once.
  var synthesized: Bool
  /// True in a test request, whose ids are of nothing; not there otherwise.
  var test: Bool?

  /// Whether receipts are sent for a status at all.
  static func knows(_ status: MessageStatus) -> Bool { rank(status) > 0 }

  init(_ event: StatusEvent, sender: SenderRow) {
    whatsappMessageID = event.messageID
    metaMessageID = event.metaMessageID
    conversationID = event.conversationID
    assistantID = event.assistantID
    self.sender = SenderView(id: event.senderID, phoneNumber: sender.phoneNumber, displayName: sender.displayName)
    to = event.to
    from = sender.phoneNumber
    // Voice messages are also `played`; the product knows five statuses, and a played one was read. What ran out of
    // time, or was called off, never reached Meta: it was not delivered, and nothing failed at a provider.
    status =
      switch event.status {
      case .played: MessageStatus.read.rawValue
      case .expired, .cancelled: "undelivered"
      default: event.status.rawValue
      }
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
    case .failed, .expired, .cancelled: 4
    default: 0
    }
  }
}

// Written out because what Swift makes by itself leaves out what is nil.
extension ReceiptPayload {
  private enum CodingKeys: CodingKey {
    case event, whatsappMessageID, metaMessageID, conversationID, assistantID, sender, to, from, direction, status
    case errorCode, errorMessage, errorDescription, timestamp, providerTimestamp
    case sequence, statusRank, occurredAt, synthesized, test
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(event, forKey: .event)
    try container.encode(whatsappMessageID, forKey: .whatsappMessageID)
    try container.encode(metaMessageID, forKey: .metaMessageID)
    try container.encode(conversationID, forKey: .conversationID)
    try container.encode(assistantID, forKey: .assistantID)
    try container.encode(sender, forKey: .sender)
    try container.encode(to, forKey: .to)
    try container.encode(from, forKey: .from)
    try container.encode(direction, forKey: .direction)
    try container.encode(status, forKey: .status)
    try container.encode(errorCode, forKey: .errorCode)
    try container.encode(errorMessage, forKey: .errorMessage)
    try container.encode(errorDescription, forKey: .errorDescription)
    try container.encode(timestamp, forKey: .timestamp)
    try container.encode(providerTimestamp, forKey: .providerTimestamp)
    try container.encode(sequence, forKey: .sequence)
    try container.encode(statusRank, forKey: .statusRank)
    try container.encode(occurredAt, forKey: .occurredAt)
    try container.encode(synthesized, forKey: .synthesized)
    try container.encodeIfPresent(test, forKey: .test)
  }
}

extension ReceiptPayload.SenderView {
  private enum CodingKeys: CodingKey { case id, phoneNumber, displayName }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(phoneNumber, forKey: .phoneNumber)
    try container.encode(displayName, forKey: .displayName)
  }
}
