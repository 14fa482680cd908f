import Contracts
import Crypto
import GraphAPI
import Store

/// Stores what a customer wrote.
enum InboundMessage {
  static func store(_ message: WebhookMessage, at now: Int64, _ connection: Connection) throws -> UpdateOutcome {
    guard let sender = try SenderRow.find(phoneNumberID: message.phoneNumberID, connection) else {
      return .unknownNumber
    }
    let isKnown = try connection.first(
      "SELECT 1 FROM messages WHERE sender_id = ? AND meta_message_id = ?", sender.id.text, message.id,
      map: { _ in true })
    if isKnown == true { return .duplicate }
    let contact = try ContactRow.learn(
      userID: message.userID, phoneNumber: message.from.map { "+" + $0 }, name: message.profileName, sender: sender,
      at: now, connection)
    let conversation = try ConversationRow.received(
      contact: contact, sender: sender, sentAt: message.timestamp, at: now, connection)
    let id = "msg_" + ULID.make(milliseconds: now)
    try connection.execute(
      """
      INSERT INTO messages (id, account_id, sender_id, conversation_id, direction, type, text, raw, status,
        meta_message_id, provider_at, created_at, updated_at)
      VALUES (?, ?, ?, ?, 'inbound', ?, ?, ?, 'received', ?, ?, ?, ?)
      """, id, sender.account.text, sender.id.text, conversation, message.type, message.text, message.raw, message.id,
      message.timestamp, now, now)
    if message.text != nil, try BindingRow.answering(sender: sender.id, connection) != nil {
      try Schema.turns.enqueue(connection, id: id, lane: conversation, payload: "", dueAt: now, now: now)
    }
    return .stored
  }
}
