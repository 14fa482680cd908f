import Contracts
import GraphAPI
import Store

/// An outbound message on its way to Meta.
struct OutboundRow: Sendable {
  var id: String
  var sender: String
  var phoneNumberID: String
  var sealedToken: String
  var recipient: MessageRecipient
  var text: String
  /// Sends begun, this one included.
  var attempts: Int

  /// Takes due messages of online senders and marks them `sending`: committed before the first byte leaves.
  /// One message of a conversation at a time, so that they arrive in the order they were queued.
  static func take(limit: Int, at now: Int64, _ connection: Connection) throws -> [OutboundRow] {
    let rows = try connection.all(
      """
      SELECT m.id, m.sender_id, r.phone_number_id, r.access_token, p.phone_number, p.user_id, m.text, m.send_attempts,
        m.conversation_id
      FROM messages m
      JOIN replica_senders r ON r.sender_id = m.sender_id
      JOIN conversations c ON c.id = m.conversation_id
      JOIN contacts p ON p.id = c.contact_id
      WHERE m.status = 'queued' AND m.due_at <= ?
        AND r.status = 'online' AND r.phone_number_id IS NOT NULL AND r.access_token IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM messages s WHERE s.status = 'sending' AND s.conversation_id = m.conversation_id)
      ORDER BY m.due_at, m.id
      LIMIT ?
      """, now, limit
    ) { row in
      (
        conversation: try row.text(8),
        message: OutboundRow(
          id: try row.text(0), sender: try row.text(1), phoneNumberID: try row.text(2), sealedToken: try row.text(3),
          recipient: try row.optionalText(4).map { .phone($0) } ?? .user(try row.optionalText(5) ?? ""),
          text: try row.optionalText(6) ?? "", attempts: try row.int(7) + 1)
      )
    }
    var conversations: Set<String> = []
    var taken: [OutboundRow] = []
    for row in rows where conversations.insert(row.conversation).inserted {
      try connection.execute(
        "UPDATE messages SET status = 'sending', send_attempts = send_attempts + 1, updated_at = ? WHERE id = ?", now,
        row.message.id)
      taken.append(row.message)
    }
    return taken
  }

  /// When the earliest queued message of an online sender falls due; nil when none waits.
  static func nextDue(_ connection: Connection) throws -> Int64? {
    try connection.first(
      """
      SELECT m.due_at
      FROM messages m JOIN replica_senders r ON r.sender_id = m.sender_id
      WHERE m.status = 'queued' AND r.status = 'online'
      ORDER BY m.due_at
      LIMIT 1
      """
    ) { try $0.int64(0) }
  }

  /// At start-up: a send that was under way when the process died may have reached Meta. Never resent.
  static func markInterrupted(at now: Int64, _ connection: Connection) throws -> Int {
    try connection.execute("UPDATE messages SET status = 'unknown', updated_at = ? WHERE status = 'sending'", now)
    return connection.changes
  }

  /// Stores what came of a send. A status webhook may have been faster: the status never goes back.
  func finish(_ outcome: SendOutcome, at now: Int64, _ connection: Connection) throws {
    switch outcome {
    case .accepted(let metaMessageID):
      try connection.execute(
        "UPDATE messages SET meta_message_id = ?, updated_at = ? WHERE id = ? AND meta_message_id IS NULL",
        metaMessageID, now, id)
      try connection.execute(
        "UPDATE messages SET status = 'accepted' WHERE id = ? AND status IN ('sending', 'unknown')", id)
      try StatusUpdate.joinHeld(message: id, sender: sender, metaMessageID: metaMessageID, at: now, connection)
    case .unknown:
      try connection.execute(
        "UPDATE messages SET status = 'unknown', updated_at = ? WHERE id = ? AND status = 'sending'", now, id)
    case .retry(let dueAt, let error):
      try connection.execute(
        "UPDATE messages SET status = 'queued', due_at = ?, updated_at = ? WHERE id = ? AND status = 'sending'", dueAt,
        now, id)
      if connection.changes == 1 { try MessageStep.store(error, of: id, connection) }
    case .failed(let error):
      let isSending = try connection.first(
        "SELECT 1 FROM messages WHERE id = ? AND status IN ('sending', 'queued')", id, map: { _ in true })
      if isSending == true {
        _ = try MessageStep.record(.failed, of: id, error: error, at: now, connection)
      }
    }
  }
}
