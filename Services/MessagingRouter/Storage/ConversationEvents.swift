import Contracts
import Store

/// The talk of a conversation, as automation sees it: it starts with a customer's message after silence, and ends when
/// nobody has said anything for the idle time.
enum ConversationEvents {
  /// The shortest idle time there is. A session is looked at after it, and then at the time that is set: the inbound
  /// path needs no settings, and an index entry is not moved with every message.
  static let shortestIdle: Int64 = 60_000

  /// A customer's message was stored. In its transaction: one look at the session, and one event, or two at a start.
  static func received(_ message: ReceivedMessage, at now: Int64, _ connection: Connection) throws {
    // Meta's notices are nobody's words: they neither start a conversation nor keep one going.
    let isWord = message.type != "system" && !Revisions.isRevision(message.type)
    if isWord, try !goesOn(message.conversation, at: now, connection) {
      try begin(message, at: now, connection)
    }
    try AutomationOutbox.happened(
      .messageReceived, account: message.sender.account, sender: message.sender.id, conversation: message.conversation,
      at: now,
      connection
    ) { data in
      data.text("message_id", message.id)
      data.text("conversation_id", message.conversation)
      message.writePeople(&data)
      data.text("type", message.type)
      data.text("text", message.text)
      // What does not fit one event is read from the message itself.
      data.json("content", message.content.flatMap { $0.count <= mostContentBytes ? $0 : nil })
      data.time("timestamp", message.sentAt)
    }
  }

  /// Bytes of content that travel in an event.
  static let mostContentBytes = 64 << 10

  /// The business said something: a session that is open goes on.
  static func spoke(message: String, at now: Int64, _ connection: Connection) throws {
    try connection.execute(
      """
      UPDATE conversation_sessions SET last_activity_at = max(last_activity_at, ?)
      WHERE conversation_id = (SELECT conversation_id FROM messages WHERE id = ?) AND due_at IS NOT NULL
      """, now, message)
  }

  /// Two conversations turned out to be one: what went on in either goes on in the one that stays.
  static func merged(_ old: String, into new: String, _ connection: Connection) throws {
    try connection.execute(
      """
      INSERT INTO conversation_sessions (conversation_id, account_id, number, started_at, first_sequence,
        last_activity_at, due_at)
      SELECT ?2, account_id, 1, started_at, first_sequence, last_activity_at, due_at
      FROM conversation_sessions WHERE conversation_id = ?1 AND due_at IS NOT NULL
      ON CONFLICT (conversation_id) DO UPDATE SET
        number = number + (due_at IS NULL),
        started_at = iif(due_at IS NULL, excluded.started_at, min(started_at, excluded.started_at)),
        first_sequence = iif(due_at IS NULL, excluded.first_sequence, min(first_sequence, excluded.first_sequence)),
        last_activity_at = max(last_activity_at, excluded.last_activity_at),
        due_at = min(coalesce(due_at, excluded.due_at), excluded.due_at)
      """, old, new)
    try connection.execute("DELETE FROM conversation_sessions WHERE conversation_id = ?", old)
  }

  /// Whether a session is open, which goes on now.
  private static func goesOn(_ conversation: String, at now: Int64, _ connection: Connection) throws -> Bool {
    try connection.execute(
      """
      UPDATE conversation_sessions SET last_activity_at = max(last_activity_at, ?)
      WHERE conversation_id = ? AND due_at IS NOT NULL
      """, now, conversation)
    return connection.changes == 1
  }

  private static func begin(_ message: ReceivedMessage, at now: Int64, _ connection: Connection) throws {
    let number = try start(message, at: now, connection)
    try AutomationOutbox.happened(
      .conversationStarted, account: message.sender.account, sender: message.sender.id,
      conversation: message.conversation, at: now, connection
    ) { data in
      data.text("conversation_id", message.conversation)
      data.number("session", number)
      data.flag("is_resumed", number > 1)
      message.writePeople(&data)
      data.text("message_id", message.id)
      data.text("type", message.type)
      data.text("text", message.text)
      data.time("started_at", now)
    }
  }

  /// Opens the conversation's first or next session; answers which one it is.
  private static func start(_ message: ReceivedMessage, at now: Int64, _ connection: Connection) throws -> Int {
    try connection.first(
      """
      INSERT INTO conversation_sessions (conversation_id, account_id, number, started_at, first_sequence,
        last_activity_at, due_at)
      VALUES (?1, ?2, 1, ?3, (SELECT sequence FROM messages WHERE id = ?4), ?3, ?5)
      ON CONFLICT (conversation_id) DO UPDATE SET
        number = number + 1, started_at = excluded.started_at, first_sequence = excluded.first_sequence,
        last_activity_at = excluded.last_activity_at, due_at = excluded.due_at
      RETURNING number
      """, message.conversation, message.sender.account.text, now, message.id, now + shortestIdle
    ) { try $0.int(0) } ?? 1
  }
}
