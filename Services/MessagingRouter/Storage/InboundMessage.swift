import Contracts
import Crypto
import GraphAPI
import JSON
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
    let phoneNumber = try message.from.map { try PhoneNumber(digits: $0).text }
    let contact = try ContactRow.learn(
      userID: message.userID, phoneNumber: phoneNumber, name: message.profileName, sender: sender, at: now, connection)
    let conversation = try ConversationRow.received(
      contact: contact, sender: sender, sentAt: message.timestamp, at: now, connection)
    let id = "msg_" + ULID.make(milliseconds: now)
    try connection.execute(
      """
      INSERT INTO messages (id, account_id, sender_id, conversation_id, direction, type, text, raw, status,
        origin, meta_message_id, provider_at, created_at, updated_at)
      VALUES (?, ?, ?, ?, 'inbound', ?, ?, ?, 'received', 'customer', ?, ?, ?, ?)
      """, id, sender.account.text, sender.id.text, conversation, message.type, message.text, message.raw, message.id,
      min(message.timestamp, now), now, now)
    // A blank text asks nothing.
    if let text = message.text, !MessageText.isBlank(text),
      try BindingRow.answering(sender: sender.id, connection) != nil
    {
      try TurnRow.enqueue(message: id, conversation: conversation, at: now, connection)
    }
    if message.type == "system" { try changeNumber(of: contact, message, sender, at: now, connection) }
    try ConversationEvents.received(
      ReceivedMessage(
        id: id, conversation: conversation, sender: sender, contact: contact, userID: message.userID,
        phoneNumber: phoneNumber, name: message.profileName, type: message.type, text: message.text,
        sentAt: min(message.timestamp, now)), at: now, connection)
    return .stored
  }

  /// Meta's notice that a customer has a new number (`system`, `user_changed_number`).
  private static func changeNumber(
    of contact: String, _ message: WebhookMessage, _ sender: SenderRow, at now: Int64, _ connection: Connection
  ) throws {
    let system = try JSONDocument(parsing: message.raw).root["system"]
    guard let system, system["type"]?.string == "user_changed_number" else { return }
    let digits = system["wa_id"]?.string ?? system["new_wa_id"]?.string
    try ContactRow.changed(
      contact, userID: system["user_id"]?.string, phoneNumber: try digits.map { try PhoneNumber(digits: $0).text },
      sender: sender, at: now, connection)
  }
}
