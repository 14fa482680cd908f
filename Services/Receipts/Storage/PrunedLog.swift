import Store

/// The end of what outlives its use earlier than events, or later: attempts, replays, deleted webhooks.
enum PrunedLog {
  /// How long replays that are over are shown, in milliseconds: 30 days.
  static let replaysKept: Int64 = 30 * 86_400_000

  /// Steps from webhook to webhook in the log's index: two look-ups each, however long their logs.
  static let oldAttemptsSQL = """
    WITH RECURSIVE logged (webhook_id) AS (
      SELECT min(webhook_id) FROM attempts INDEXED BY attempts_by_webhook
      UNION ALL
      SELECT (
        SELECT min(webhook_id) FROM attempts INDEXED BY attempts_by_webhook WHERE webhook_id > logged.webhook_id)
      FROM logged
      WHERE logged.webhook_id IS NOT NULL
    )
    SELECT a.delivery_id, a.id
    FROM logged CROSS JOIN attempts a INDEXED BY attempts_by_webhook
      ON a.webhook_id = logged.webhook_id AND a.id < ?1
    WHERE logged.webhook_id IS NOT NULL
    LIMIT ?2
    """

  /// Deletes attempts of before a moment, at most `limit`.
  static func deleteAttempts(before moment: Int64, limit: Int, _ connection: Connection) throws -> (
    deleted: Int, isDone: Bool
  ) {
    let old = try connection.all(oldAttemptsSQL, "att_" + firstID(at: moment), limit) {
      (delivery: try $0.text(0), id: try $0.text(1))
    }
    for attempt in old {
      try connection.execute("DELETE FROM attempts WHERE delivery_id = ? AND id = ?", attempt.delivery, attempt.id)
    }
    return (old.count, old.count < limit)
  }

  /// Deletes replays that have long been over, then webhooks that were deleted and that nothing names any more; of each
  /// at most `limit`.
  static func deleteRemains(before moment: Int64, limit: Int, _ connection: Connection) throws {
    try connection.execute(
      """
      DELETE FROM replays
      WHERE id IN (
        SELECT id FROM replays INDEXED BY replays_ended WHERE ended_at IS NOT NULL AND ended_at < ? LIMIT ?)
      """, moment, limit)
    try connection.execute(
      """
      DELETE FROM webhooks
      WHERE id IN (
        SELECT w.id FROM webhooks w INDEXED BY webhooks_deleted
        WHERE w.deleted_at IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM deliveries d INDEXED BY deliveries_by_webhook WHERE d.webhook_id = w.id)
          AND NOT EXISTS (SELECT 1 FROM replays r INDEXED BY replays_by_webhook WHERE r.webhook_id = w.id)
        LIMIT ?)
      """, limit)
  }

  /// The first part of every identifier that is made at a moment: what was made before sorts before it.
  private static func firstID(at moment: Int64) -> String {
    let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    return String((0..<10).reversed().map { alphabet[Int(max(0, moment) >> Int64(5 * $0)) & 31] })
  }
}
