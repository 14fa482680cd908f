import Contracts
import Crypto
import Store

/// A conversation of one sender with one contact.
struct ConversationRow: Sendable {
  var id: String
  var windowExpiresAt: Int64?

  /// Meta's customer service window in milliseconds: 24 h from the user's last message.
  static let window: Int64 = 24 * 3600 * 1000

  /// Finds or makes the conversation and takes note of a customer's message sent at `sentAt` (Meta's time).
  static func received(contact: String, sender: SenderRow, sentAt: Int64, at now: Int64, _ connection: Connection)
    throws
    -> String
  {
    // A timestamp from the future must not open the window for longer than Meta does.
    let expires = min(sentAt, now) + window
    if let id = try find(contact: contact, sender: sender.id, connection)?.id {
      try connection.execute(
        """
        UPDATE conversations
        SET window_expires_at = max(coalesce(window_expires_at, 0), ?), last_message_at = max(last_message_at, ?)
        WHERE id = ?
        """, expires, now, id)
      return id
    }
    let id = "cnv_" + ULID.make(milliseconds: now)
    try connection.execute(
      """
      INSERT INTO conversations (id, account_id, sender_id, contact_id, window_expires_at, last_message_at, created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """, id, sender.account.text, sender.id.text, contact, expires, now, now)
    return id
  }

  /// Finds or makes the conversation that a business writes in. It opens no window: only the customer does.
  static func opened(contact: String, sender: SenderRow, at now: Int64, _ connection: Connection) throws -> String {
    if let id = try find(contact: contact, sender: sender.id, connection)?.id { return id }
    let id = "cnv_" + ULID.make(milliseconds: now)
    try connection.execute(
      """
      INSERT INTO conversations (id, account_id, sender_id, contact_id, last_message_at, created_at)
      VALUES (?, ?, ?, ?, ?, ?)
      """, id, sender.account.text, sender.id.text, contact, now, now)
    return id
  }

  static func find(contact: String, sender: SenderID, _ connection: Connection) throws -> ConversationRow? {
    try connection.first(
      "SELECT id, window_expires_at FROM conversations WHERE sender_id = ? AND contact_id = ?", sender.text, contact
    ) { ConversationRow(id: try $0.text(0), windowExpiresAt: try $0.optionalInt64(1)) }
  }

  static func exists(id: ConversationID, account: String, _ connection: Connection) throws -> Bool {
    try connection.first(
      "SELECT 1 FROM conversations WHERE id = ? AND account_id = ?", id.text, account, map: { _ in true }) ?? false
  }

  /// Whether the sender is the account's, or was: its conversations outlive it.
  static func isKnown(sender: SenderID, account: String, _ connection: Connection) throws -> Bool {
    try connection.first(
      """
      SELECT EXISTS (SELECT 1 FROM replica_senders WHERE sender_id = ?1 AND account_id = ?2)
        OR EXISTS (SELECT 1 FROM bindings WHERE sender_id = ?1 AND account_id = ?2)
        OR EXISTS (SELECT 1 FROM conversations WHERE sender_id = ?1 AND account_id = ?2)
      """, sender.text, account
    ) { try $0.bool(0) } ?? false
  }

  /// A page of a sender's conversations, the most recently active first.
  static func list(
    sender: SenderID, account: String, before: (at: Int64, id: String)?, limit: Int, _ connection: Connection
  ) throws -> [Conversation] {
    try connection.all(
      """
      SELECT c.id, c.sender_id, c.window_expires_at, c.last_message_at, c.created_at,
        p.id, p.user_id, p.phone_number, p.name
      FROM conversations c
      JOIN contacts p ON p.id = c.contact_id
      WHERE c.sender_id = ? AND c.account_id = ? AND (c.last_message_at, c.id) < (?, ?)
      ORDER BY c.last_message_at DESC, c.id DESC
      LIMIT ?
      """, sender.text, account, before?.at ?? Int64.max, before?.id ?? "~", limit
    ) { row in
      Conversation(
        id: ConversationID(trusted: try row.text(0)), senderID: SenderID(trusted: try row.text(1)),
        contact: Contact(
          id: ContactID(trusted: try row.text(5)), userID: try row.optionalText(6),
          phoneNumber: try row.optionalText(7).map { PhoneNumber(trusted: $0) }, name: try row.optionalText(8)),
        windowExpiresAt: try row.optionalInt64(2).map { Timestamp(milliseconds: $0) },
        lastMessageAt: Timestamp(milliseconds: try row.int64(3)), createdAt: Timestamp(milliseconds: try row.int64(4)))
    }
  }
}
