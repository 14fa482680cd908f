import Contracts
import Store

/// Sends of which nobody knows whether they reached Meta.
enum UnknownMessages {
  /// A send has become unknown.
  static func become(sequence: Int64, at now: Int64, _ connection: Connection) throws {
    try connection.execute(
      """
      UPDATE messages
      SET status = 'unknown', updated_at = ?, unknown_since = \(WebhookTime.alive(sender: "messages.sender_id"))
      WHERE sequence = ? AND status = 'sending'
      """, now, sequence)
  }

  /// At start-up: a send that was under way when the process died may have reached Meta, and is never resent. One whose
  /// files were still being given to Meta has provably not left.
  static func markInterrupted(at now: Int64, _ connection: Connection) throws -> Int {
    try connection.execute(
      "UPDATE messages SET status = 'queued', due_at = ?1, updated_at = ?1 WHERE status = 'sending' AND is_uploading = 1",
      now)
    try connection.execute(
      """
      UPDATE messages
      SET status = 'unknown', updated_at = ?, unknown_since = \(WebhookTime.alive(sender: "messages.sender_id"))
      WHERE status = 'sending'
      """, now)
    return connection.changes
  }

  /// Messages of an account that are unknown, newest first, with their places. `isSettled` keeps those that webhooks
  /// would have told of by now, had they arrived.
  static func list(
    account: String, sender: SenderID?, settled: Bool?, settleTime: Int64, before: Int64, limit: Int,
    _ connection: Connection
  ) throws -> [(place: Int64, message: UnknownMessage)] {
    try connection.all(
      """
      SELECT m.sequence, m.id, m.sender_id, m.conversation_id, m.type, m.text, m.broadcast_id,
        coalesce(m.unknown_since + ?2 <= \(WebhookTime.alive(sender: "m.sender_id")), 0), m.updated_at
      FROM messages m
      WHERE m.status = 'unknown' AND m.account_id = ?1 AND m.sequence < ?3 AND (?4 IS NULL OR m.sender_id = ?4)
        AND (?5 IS NULL OR (m.unknown_since + ?2 <= \(WebhookTime.alive(sender: "m.sender_id"))) = ?5)
      ORDER BY m.sequence DESC
      LIMIT ?6
      """, account, settleTime, before, sender?.text, settled, limit
    ) { row in
      (
        try row.int64(0),
        UnknownMessage(
          messageID: MessageID(trusted: try row.text(1)), senderID: SenderID(trusted: try row.text(2)),
          conversationID: ConversationID(trusted: try row.text(3)), type: try row.text(4),
          text: try row.optionalText(5), broadcastID: try row.optionalText(6).map { BroadcastID(trusted: $0) },
          isUnsettled: try row.bool(7), since: Timestamp(milliseconds: try row.int64(8)))
      )
    }
  }

  /// Whether a message is unknown, and whether webhooks would have told of it by now; nil when there is no such message
  /// in the account.
  static func find(
    id: String, account: String, settleTime: Int64, _ connection: Connection
  ) throws -> (isUnknown: Bool, isUnsettled: Bool)? {
    try connection.first(
      """
      SELECT m.status = 'unknown', coalesce(m.unknown_since + ? <= \(WebhookTime.alive(sender: "m.sender_id")), 0)
      FROM messages m WHERE m.id = ? AND m.account_id = ? AND m.direction = 'outbound'
      """, settleTime, id, account
    ) { (try $0.bool(0), try $0.bool(1)) }
  }

  /// Stores what somebody decided of a message that is unknown.
  static func decide(
    _ decision: UnknownMessage.Decision, of id: String, account: String, reason: String, actor: String?,
    lifetime: Int64, at now: Int64, _ connection: Connection
  ) throws {
    try connection.execute(
      """
      INSERT INTO message_decisions (message_id, account_id, decision, reason, actor, at) VALUES (?, ?, ?, ?, ?, ?)
      """, id, account, decision.rawValue, reason, actor, now)
    switch decision {
    case .resend:
      // Its time begins anew: what was decided now must not be over at once.
      try connection.execute(
        """
        UPDATE messages
        SET status = 'queued', due_at = ?1, updated_at = ?1, unknown_since = NULL, expires_at = ?2
        WHERE id = ?3 AND status = 'unknown'
        """, now, now + lifetime, id)
    case .accepted:
      try connection.execute(
        """
        UPDATE messages SET status = 'accepted', updated_at = ?, decided_by = 'operator'
        WHERE id = ? AND status = 'unknown'
        """, now, id)
    case .failed:
      try connection.execute(
        "UPDATE messages SET decided_by = 'operator' WHERE id = ? AND status = 'unknown'", id)
      let error = MessageError(
        code: "UNKNOWN_DECIDED_FAILED", message: "Meta never told of it, and it was decided to take it for failed.",
        nextStep: "Send it again if the customer did not get it.", isRetriable: true)
      _ = try MessageStep.record(.failed, of: id, error: error, at: now, connection)
    }
  }
}
