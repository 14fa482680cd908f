import Contracts
import Store

/// What holds a sender, its broadcasts, a WhatsApp Business Account or a portfolio back, and until when.
enum OutboundGates {
  /// Closes what an error of Meta's is about.
  static func close(
    _ pause: SendPause, sender: String, account: String?, conversation: String, at now: Int64, _ connection: Connection
  ) throws {
    switch pause.scope {
    case .message: return
    case .conversation:
      // Meta's own count is at its end: after the pause one may go in each interval.
      try connection.execute(
        "UPDATE conversations SET pair_tries = pair_tries + 1, pair_free_at = ?, pair_due = ? WHERE id = ?",
        pause.until, now + PairRate.bucket.tolerance, conversation)
      try connection.execute(
        "UPDATE outbound_lanes SET due_at = ?1 WHERE conversation_id = ?2 AND due_at < ?1", pause.until, conversation)
    case .broadcasts: try close("broadcasts", sender, pause, at: now, connection)
    case .sender: try close("sender", sender, pause, at: now, connection)
    case .account: try close(account == nil ? "sender" : "account", account ?? sender, pause, at: now, connection)
    }
  }

  private static func close(
    _ scope: String, _ key: String, _ pause: SendPause, at now: Int64, _ connection: Connection
  ) throws {
    let error = pause.error
    if pause.needsAttention {
      let known = try connection.first(
        "SELECT code FROM outbound_gates WHERE scope = ? AND key = ?", scope, key, map: { try $0.text(0) })
      // Once for each stop: what tries the number again, and is refused again, is no news.
      if known != error.code {
        try AccountOutbox.tellStopped(
          sender: key, error, onlyBroadcasts: scope == "broadcasts", at: now, connection)
      }
    }
    try close(
      scope, key, until: pause.until, code: error.code, message: error.message, nextStep: error.nextStep,
      needsAttention: pause.needsAttention, at: now, connection)
  }

  /// Closes a gate; one that is closed for longer, or needs attention, stays as it is.
  static func close(
    _ scope: String, _ key: String, until: Int64, code: String, message: String, nextStep: String?,
    needsAttention: Bool, at now: Int64, _ connection: Connection
  ) throws {
    try connection.execute(
      """
      INSERT INTO outbound_gates (scope, key, until, since, code, message, next_step, needs_attention)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
      ON CONFLICT (scope, key) DO UPDATE SET
        until = excluded.until, code = excluded.code, message = excluded.message, next_step = excluded.next_step,
        since = CASE WHEN code = excluded.code THEN since ELSE excluded.since END,
        needs_attention = excluded.needs_attention
      WHERE excluded.until > until AND excluded.needs_attention >= needs_attention
      """, scope, key, until, now, code, message, nextStep, needsAttention)
    if connection.changes == 1 { try reopen(scope, key, connection) }
  }

  /// Opens a gate; true when it was closed.
  @discardableResult
  static func open(_ scope: String, _ key: String, _ connection: Connection) throws -> Bool {
    try connection.execute("DELETE FROM outbound_gates WHERE scope = ? AND key = ?", scope, key)
    guard connection.changes == 1 else { return false }
    try reopen(scope, key, connection)
    return true
  }

  /// Ends a sender's own pauses. What needs attention is tried by one message first.
  static func resume(sender: String, at now: Int64, _ connection: Connection) throws {
    try connection.execute(
      "UPDATE outbound_gates SET until = ? WHERE scope = 'sender' AND key = ? AND needs_attention = 1", now, sender)
    try connection.execute(
      "DELETE FROM outbound_gates WHERE scope = 'sender' AND key = ? AND needs_attention = 0", sender)
    try connection.execute("DELETE FROM outbound_gates WHERE scope = 'broadcasts' AND key = ?", sender)
    try reopen("sender", sender, connection)
  }

  /// What is closed now for a sender.
  static func closed(sender: String, at now: Int64, _ connection: Connection) throws -> [SenderLimits.Pause] {
    try connection.all(
      """
      SELECT g.scope, g.code, g.message, g.next_step, g.since, g.until, g.needs_attention
      FROM replica_senders r JOIN outbound_gates g
        ON g.scope IN ('sender', 'broadcasts') AND g.key = r.sender_id OR g.scope = 'account' AND g.key = r.waba_id
          OR g.scope = 'portfolio' AND g.key = \(OutboundSchedule.portfolio("r"))
      WHERE r.sender_id = ?1 AND (g.until > ?2 OR g.scope = 'sender' AND g.needs_attention = 1)
      ORDER BY g.since, g.scope
      """, sender, now
    ) { row in
      SenderLimits.Pause(
        scope: SenderLimits.Pause.Scope(rawValue: try row.text(0)) ?? .sender, code: try row.text(1),
        message: try row.text(2), nextStep: try row.optionalText(3), since: Timestamp(milliseconds: try row.int64(4)),
        until: Timestamp(milliseconds: try row.int64(5)), needsAttention: try row.bool(6))
    }
  }

  private static func reopen(_ scope: String, _ key: String, _ connection: Connection) throws {
    try connection.execute(reopening[scope] ?? OutboundSchedule.reopen(where: "sender_id = ?"), key)
  }

  /// Which groups a gate concerns.
  private static let reopening = [
    "account": OutboundSchedule.reopen(
      where: "sender_id IN (SELECT sender_id FROM replica_senders WHERE waba_id = ?)"),
    "portfolio": OutboundSchedule.reopen(
      where: """
        needs_slot = 1 AND sender_id IN (
          SELECT n.sender_id FROM replica_senders n WHERE \(OutboundSchedule.portfolio("n")) = ?)
        """),
  ]
}
