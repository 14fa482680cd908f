import Contracts
import Store

/// An open session that may have ended.
struct SessionRow: Sendable {
  var conversation: String
  var account: String
  var number: Int
  var startedAt: Int64
  var firstSequence: Int64
  var lastActivityAt: Int64

  /// Sessions to look at, those due longest first.
  static func due(at now: Int64, limit: Int, _ connection: Connection) throws -> [SessionRow] {
    try connection.all(
      """
      SELECT conversation_id, account_id, number, started_at, first_sequence, last_activity_at
      FROM conversation_sessions
      WHERE due_at IS NOT NULL AND due_at <= ?
      ORDER BY due_at LIMIT ?
      """, now, limit
    ) { row in
      SessionRow(
        conversation: try row.text(0), account: try row.text(1), number: try row.int(2), startedAt: try row.int64(3),
        firstSequence: try row.int64(4), lastActivityAt: try row.int64(5))
    }
  }

  static func nextDue(_ connection: Connection) throws -> Int64? {
    try connection.first("SELECT min(due_at) FROM conversation_sessions WHERE due_at IS NOT NULL") {
      try $0.optionalInt64(0)
    } ?? nil
  }

  /// Ends it when it has been idle for `idle` milliseconds, with its event in the same transaction; otherwise it is
  /// looked at when it could have been. True when it ended.
  func settle(idle: Int64, at now: Int64, _ connection: Connection) throws -> Bool {
    let end = lastActivityAt + idle
    if end > now {
      try connection.execute(
        "UPDATE conversation_sessions SET due_at = ? WHERE conversation_id = ?", end, conversation)
      return false
    }
    try connection.execute(
      "UPDATE conversation_sessions SET due_at = NULL WHERE conversation_id = ?", conversation)
    try tell(at: now, connection)
    return true
  }

  private func tell(at now: Int64, _ connection: Connection) throws {
    guard let people = try SessionPeople.find(conversation: conversation, connection) else { return }
    let transcript = try Transcript.read(conversation: conversation, from: firstSequence, connection)
    try AutomationOutbox.happened(
      .conversationEnded, account: AccountID(trusted: account), sender: people.sender, conversation: conversation,
      at: now, connection
    ) { data in
      data.text("conversation_id", conversation)
      data.number("session", number)
      data.flag("is_resumed", number > 1)
      data.text("status", "ended")
      people.write(&data)
      data.text("assistant_id", transcript.assistant)
      data.number("message_count", transcript.count)
      data.list("transcript", transcript.entries) { $1.write(&$0) }
      data.flag("is_truncated", transcript.isTruncated)
      data.time("started_at", startedAt)
      data.time("last_message_at", lastActivityAt)
      data.time("ended_at", now)
    }
  }
}
