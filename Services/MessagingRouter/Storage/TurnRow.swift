import Contracts
import Crypto
import Store

/// An assistant's turn: one inbound message, answered at most once.
struct TurnRow: Sendable {
  var message: String
  var account: String
  var sender: SenderID
  var conversation: String
  var assistant: Assistant
  var history: [Utterance]

  /// What the assistant needs to answer; nil when it is not to answer (any more).
  static func find(message: String, historyLimit: Int, _ connection: Connection) throws -> TurnRow? {
    guard
      let (account, sender, conversation) = try connection.first(
        "SELECT account_id, sender_id, conversation_id FROM messages WHERE id = ?", message,
        map: { (try $0.text(0), SenderID(trusted: try $0.text(1)), try $0.text(2)) }),
      let bound = try BindingRow.answering(sender: sender, connection),
      let assistant = try AssistantRow.find(id: bound, account: account, connection)
    else { return nil }
    let history = try MessageRow.history(
      conversation: conversation, through: message, limit: historyLimit, connection)
    return TurnRow(
      message: message, account: account, sender: sender, conversation: conversation, assistant: assistant,
      history: history)
  }

  /// Queues the reply, unless this turn has one already or the assistant was switched off or changed meanwhile:
  /// decided in the transaction that queues it. True when a message was queued.
  static func reply(_ text: String, to turn: TurnRow, at now: Int64, _ connection: Connection) throws -> Bool {
    guard try BindingRow.answering(sender: turn.sender, connection) == turn.assistant.id else { return false }
    try connection.execute(
      """
      INSERT INTO messages (id, account_id, sender_id, conversation_id, direction, type, text, status, assistant_id,
        turn_of, due_at, created_at, updated_at)
      VALUES (?, ?, ?, ?, 'outbound', 'text', ?, 'queued', ?, ?, ?, ?, ?)
      ON CONFLICT (turn_of) DO NOTHING
      """, "msg_" + ULID.make(milliseconds: now), turn.account, turn.sender.text, turn.conversation, text,
      turn.assistant.id.text, turn.message, now, now, now)
    return connection.changes == 1
  }
}
