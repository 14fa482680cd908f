import Contracts
import Crypto
import Store

/// A conversation of one sender with one contact.
struct ConversationRow: Sendable {
  var id: String
  var windowExpiresAt: Int64?

  /// Meta's customer service window in milliseconds: 24 h from the user's last message.
  static let window: Int64 = 24 * 3600 * 1000

  /// Finds or makes the conversation and takes note of a customer's message or call of `sentAt` (Meta's time).
  /// `isReferred` when an advertisement brought them.
  static func received(
    contact: String, sender: SenderRow, sentAt: Int64, isReferred: Bool = false, at now: Int64, _ connection: Connection
  ) throws -> String {
    // A timestamp from the future must not open the window for longer than Meta does.
    let sentAt = min(sentAt, now)
    let known = try connection.first(
      """
      UPDATE conversations
      SET window_expires_at = max(coalesce(window_expires_at, 0), ?1), last_message_at = max(last_message_at, ?2),
        referred_at = coalesce(?3, referred_at)
      WHERE sender_id = ?4 AND contact_id = ?5
      RETURNING id
      """, sentAt + window, now, isReferred ? sentAt : nil, sender.id.text, contact
    ) { try $0.text(0) }
    if let known { return known }
    let id = try insert(contact: contact, sender: sender, at: now, connection)
    try connection.execute(
      "UPDATE conversations SET window_expires_at = ?, referred_at = ? WHERE id = ?", sentAt + window,
      isReferred ? sentAt : nil, id)
    return id
  }

  /// Finds or makes the conversation that a business writes in. It opens no window: only the customer does.
  static func opened(contact: String, sender: SenderRow, at now: Int64, _ connection: Connection) throws -> String {
    try find(contact: contact, sender: sender.id, connection)?.id
      ?? insert(contact: contact, sender: sender, at: now, connection)
  }

  /// Finds or makes the conversation of something that was said at `sentAt`, before anybody here heard of it. It opens
  /// the window as far as that moment does, and moves the conversation in no list.
  static func remembered(
    contact: String, sender: SenderRow, sentAt: Int64, isByCustomer: Bool, at now: Int64, _ connection: Connection
  ) throws -> String {
    let known = try find(contact: contact, sender: sender.id, connection)
    let id = try known?.id ?? insert(contact: contact, sender: sender, at: now, connection)
    if known == nil {
      try connection.execute("UPDATE conversations SET last_message_at = ? WHERE id = ?", sentAt, id)
    } else {
      try connection.execute(
        "UPDATE conversations SET last_message_at = ?1 WHERE id = ?2 AND last_message_at < ?1", sentAt, id)
    }
    if isByCustomer, sentAt + window > max(now, known?.windowExpiresAt ?? 0) {
      try connection.execute("UPDATE conversations SET window_expires_at = ? WHERE id = ?", sentAt + window, id)
    }
    return id
  }

  private static func insert(contact: String, sender: SenderRow, at now: Int64, _ connection: Connection) throws
    -> String
  {
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

  /// The conversation that answers to this id now: another one when the two turned out to be one person's.
  static func current(id: ConversationID, account: String, _ connection: Connection) throws -> ConversationID? {
    try connection.first(
      "SELECT coalesce(merged_into, id) FROM conversations WHERE id = ? AND account_id = ?", id.text, account
    ) { ConversationID(trusted: try $0.text(0)) }
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
      SELECT c.id, c.sender_id, c.window_expires_at, c.last_message_at, c.created_at, c.free_entry_expires_at,
        \(ContactView.columns)
      FROM conversations c
      JOIN contacts p ON p.id = c.contact_id
      WHERE c.sender_id = ? AND c.account_id = ? AND c.merged_into IS NULL AND (c.last_message_at, c.id) < (?, ?)
      ORDER BY c.last_message_at DESC, c.id DESC
      LIMIT ?
      """, sender.text, account, before?.at ?? Int64.max, before?.id ?? "~", limit
    ) { row in
      Conversation(
        id: ConversationID(trusted: try row.text(0)), senderID: SenderID(trusted: try row.text(1)),
        contact: try ContactView.contact(row, from: 6),
        windowExpiresAt: try row.optionalInt64(2).map { Timestamp(milliseconds: $0) },
        freeEntryExpiresAt: try row.optionalInt64(5).map { Timestamp(milliseconds: $0) },
        lastMessageAt: Timestamp(milliseconds: try row.int64(3)), createdAt: Timestamp(milliseconds: try row.int64(4)))
    }
  }
}
