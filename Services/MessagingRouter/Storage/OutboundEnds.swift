import Contracts
import Store

/// What time does to queued messages: the scheduled ones become ready, those whose time is over end as `expired`, also
/// of senders that may not send at all. Found through indexes, a bounded number at once.
enum OutboundEnds {
  static let atOnce = 200

  /// When something of this falls due next; nil when nothing does. `lifetime` is of messages that name no end.
  static func next(lifetime: Int64, _ connection: Connection) throws -> Int64? {
    try nexts.compactMap { sql, usesLifetime in
      try connection.first(sql) { try $0.int64(0) }.map { usesLifetime ? $0 + lifetime : $0 }
    }.min()
  }

  static let nexts: [(sql: String, usesLifetime: Bool)] = [
    ("SELECT send_at FROM messages WHERE status = 'queued' AND is_scheduled = 1 ORDER BY send_at LIMIT 1", false),
    (
      """
      SELECT expires_at FROM messages WHERE status = 'queued' AND expires_at IS NOT NULL ORDER BY expires_at LIMIT 1
      """, false
    ),
    (
      """
      SELECT coalesce(send_at, created_at) FROM messages
      WHERE status = 'queued' AND expires_at IS NULL
      ORDER BY coalesce(send_at, created_at) LIMIT 1
      """, true
    ),
  ]

  static let ready = """
    SELECT sequence FROM messages
    WHERE status = 'queued' AND is_scheduled = 1 AND send_at <= ? ORDER BY send_at LIMIT ?
    """
  static let ended = """
    SELECT id FROM messages
    WHERE status = 'queued' AND expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?
    """
  static let outlived = """
    SELECT id FROM messages
    WHERE status = 'queued' AND expires_at IS NULL AND coalesce(send_at, created_at) <= ?
    ORDER BY coalesce(send_at, created_at) LIMIT ?
    """

  /// Does what is due; how many messages expired.
  static func run(lifetime: Int64, at now: Int64, _ connection: Connection) throws -> Int {
    for sequence in try connection.all(ready, now, atOnce, map: { try $0.int64(0) }) {
      try connection.execute(
        "UPDATE messages SET is_scheduled = 0, updated_at = ? WHERE sequence = ?", now, sequence)
    }
    let over =
      try connection.all(ended, now, atOnce, map: { try $0.text(0) })
      + connection.all(outlived, now - lifetime, atOnce, map: { try $0.text(0) })
    for id in over { _ = try MessageStep.record(.expired, of: id, error: SendErrors.expired, at: now, connection) }
    return over.count
  }
}
