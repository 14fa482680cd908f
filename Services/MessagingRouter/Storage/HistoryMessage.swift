import Contracts
import Crypto
import GraphAPI
import Store

/// Stores what was said in the WhatsApp Business app before the number came here: with its own times, in front of
/// everything that was stored as it happened. Nobody is told, nobody answers, and no preference is read from it.
enum HistoryMessage {
  static func store(
    _ message: WebhookHistoryMessage, _ carried: InboundContent?, of sender: SenderRow, at now: Int64,
    _ connection: Connection
  ) throws -> UpdateOutcome {
    let sentAt = min(message.timestamp, now)
    let known = try connection.first(
      """
      SELECT id, conversation_id, type = 'media_placeholder' AND ?3 != 'media_placeholder' FROM messages
      WHERE sender_id = ?1 AND meta_message_id = ?2
      """, sender.id.text, message.id, message.type
    ) { (id: try $0.text(0), conversation: try $0.text(1), isPlaceholder: try $0.bool(2)) }
    if let known, !known.isPlaceholder { return .duplicate }
    // Erased meanwhile: history does not bring it back.
    if known == nil,
      try ForgottenMessages.isForgotten(metaMessageID: message.id, sender: sender.id.text, connection)
    {
      return .duplicate
    }
    let conversation = try known?.conversation ?? self.conversation(of: message, sender, sentAt, at: now, connection)
    var row = StoredMessage(
      id: known?.id ?? "msg_" + ULID.make(milliseconds: now), account: sender.account.text, sender: sender.id,
      conversation: conversation, direction: message.isByBusiness ? .outbound : .inbound, type: message.type,
      status: status(of: message), origin: message.isByBusiness ? .app : .customer, metaMessageID: message.id,
      raw: message.raw, providerAt: sentAt)
    if known != nil {
      // The medium itself, of which only its place was told.
      try row.complete(with: carried, at: now, connection)
      return .stored
    }
    row.place = try HistoryPlace.next(at: sentAt, connection)
    row.replyToMetaID = message.context?.messageID
    try row.insert(carried, at: now, connection)
    // A step that is told once more is not news.
    try connection.execute(
      "UPDATE messages SET told = ? WHERE id = ? AND direction = 'outbound'", steps(to: row.status).rawValue, row.id)
    if let revision = carried?.content?.revision {
      return try Revisions.take(revision, from: row, at: now, connection) ? .removed : .stored
    }
    return try Revisions.join(row, at: now, connection)?.revokedAt == nil ? .stored : .removed
  }

  private static func conversation(
    of message: WebhookHistoryMessage, _ sender: SenderRow, _ sentAt: Int64, at now: Int64, _ connection: Connection
  ) throws -> String {
    let facts = try ContactFacts(message.customer)
    // What was true then changes nothing of what is known now.
    let contact = try ContactRow.forSending(
      phoneNumber: facts.phoneNumber, userID: facts.userID, name: facts.name, sender: sender, at: now, connection)
    return try ConversationRow.remembered(
      contact: contact, sender: sender, sentAt: sentAt, isByCustomer: !message.isByBusiness && message.isWord, at: now,
      connection)
  }

  /// Meta's word for how far it was. One that was told as waiting may still be told of.
  private static func status(of message: WebhookHistoryMessage) -> MessageStatus {
    guard message.isByBusiness else { return .received }
    switch message.status {
    case "delivered": return .delivered
    case "read": return .read
    case "played": return .played
    case "error", "failed": return .failed
    case "pending": return .accepted
    default: return .sent
    }
  }

  private static func steps(to status: MessageStatus) -> MessageSteps {
    switch status {
    case .sent: .sent
    case .delivered: [.sent, .delivered]
    case .read: [.sent, .delivered, .read]
    case .played: [.sent, .delivered, .read, .played]
    case .failed: .failed
    default: []
    }
  }
}

extension WebhookHistoryMessage {
  /// Whether somebody said something with it.
  fileprivate var isWord: Bool { type != "system" && !Revisions.isRevision(type) }
}
