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
    let account = message.sender.account
    try connection.execute(
      """
      UPDATE conversation_sessions SET last_activity_at = max(last_activity_at, ?)
      WHERE conversation_id = ? AND due_at IS NOT NULL
      """, now, message.conversation)
    if connection.changes == 0 {
      let number = try start(message, at: now, connection)
      try AutomationOutbox.happened(
        .conversationStarted, account: account, sender: message.sender.id, conversation: message.conversation, at: now,
        connection
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
    try AutomationOutbox.happened(
      .messageReceived, account: account, sender: message.sender.id, conversation: message.conversation, at: now,
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
