import Contracts
import Crypto
import Store

/// An assistant's turn: one inbound message, answered at most once.
struct TurnRow: Sendable {
  var message: String
  var account: String
  var sender: SenderID
  var conversation: String
  /// When Meta's window closes: an answer that comes later cannot be sent.
  var windowExpiresAt: Int64
  var assistant: Assistant
  var history: [Utterance]

  /// Queues a turn behind those of its conversation: one that waits for another try is not overtaken.
  static func enqueue(message: String, conversation: String, at now: Int64, _ connection: Connection) throws {
    let last = try connection.first(
      "SELECT max(due_at) FROM turns WHERE lane = ? AND state = 'ready' AND leased_until IS NULL", conversation
    ) { try $0.optionalInt64(0) }
    try Schema.turns.enqueue(
      connection, id: message, lane: conversation, payload: "", dueAt: max(now, (last ?? nil) ?? now), now: now)
  }

  /// Gives turns back to be tried at `dueAt`, with all that wait behind them in their conversation. `first` has
  /// failed; `followers` were leased with it and have not begun, so that the lease does not count as a try.
  static func postpone(
    _ first: QueuedJob, followers: [QueuedJob], dueAt: Int64, error: String, _ connection: Connection
  ) throws {
    try Schema.turns.retry(connection, first, dueAt: dueAt, error: error)
    try putBack(followers, dueAt: dueAt, connection)
    try delay(lane: first.lane, until: dueAt, connection)
  }

  /// Nothing that waits in a lane is due before `moment`.
  static func delay(lane: String, until moment: Int64, _ connection: Connection) throws {
    try connection.execute(
      """
      UPDATE turns SET due_at = ?1
      WHERE lane = ?2 AND state = 'ready' AND leased_until IS NULL AND due_at < ?1
      """, moment, lane)
  }

  /// Gives turns back that have not begun.
  static func putBack(_ jobs: [QueuedJob], dueAt: Int64, _ connection: Connection) throws {
    for job in jobs where try Schema.turns.retry(connection, job, dueAt: dueAt, error: job.lastError ?? "") {
      try connection.execute("UPDATE turns SET attempts = attempts - 1 WHERE id = ?", job.id)
    }
  }

  /// What the assistant needs to answer; nil when it is not to answer (any more).
  static func find(message: String, historyLimit: Int, _ connection: Connection) throws -> TurnRow? {
    guard
      let (account, sender, conversation, expires) = try connection.first(
        """
        SELECT m.account_id, m.sender_id, c.id, coalesce(c.window_expires_at, 0)
        FROM messages m
        JOIN conversations w ON w.id = m.conversation_id
        JOIN conversations c ON c.id = coalesce(w.merged_into, w.id)
        WHERE m.id = ? AND m.revoked_at IS NULL
        """, message,
        map: { (try $0.text(0), SenderID(trusted: try $0.text(1)), try $0.text(2), try $0.int64(3)) }),
      let bound = try BindingRow.answering(sender: sender, connection),
      let assistant = try AssistantRow.find(id: bound, account: account, connection)
    else { return nil }
    let history = try MessageRow.history(
      conversation: conversation, through: message, limit: historyLimit, connection)
    return TurnRow(
      message: message, account: account, sender: sender, conversation: conversation, windowExpiresAt: expires,
      assistant: assistant, history: history)
  }

  /// Queues the reply, unless this turn has one already or the assistant was switched off or changed meanwhile:
  /// decided in the transaction that queues it. True when a message was queued.
  static func reply(_ text: String, to turn: TurnRow, at now: Int64, _ connection: Connection) throws -> Bool {
    guard try BindingRow.answering(sender: turn.sender, connection) == turn.assistant.id else { return false }
    // An answer that comes after Meta's window has closed would only be refused.
    let open = try connection.first(
      """
      SELECT c.id FROM conversations w JOIN conversations c ON c.id = coalesce(w.merged_into, w.id)
      WHERE w.id = ? AND c.window_expires_at > ?
      """, turn.conversation, now, map: { try $0.text(0) })
    guard let conversation = open else { return false }
    let asked = try connection.first(
      "SELECT provider_at, revoked_at IS NOT NULL FROM messages WHERE id = ?", turn.message
    ) { (at: try $0.optionalInt64(0), isRevoked: try $0.bool(1)) }
    // The customer has removed the question meanwhile.
    if asked?.isRevoked == true { return false }
    // A person has answered in the business's app meanwhile.
    if let asked = asked?.at, try AppEcho.isAnswered(conversation: conversation, since: asked, connection) {
      return false
    }
    var message = NewMessage(
      account: turn.account, sender: turn.sender, conversation: conversation, text: text, origin: .assistant,
      priority: .answer)
    message.assistant = turn.assistant.id
    message.turnOf = turn.message
    return try message.queue(at: now, connection) != nil
  }
}
