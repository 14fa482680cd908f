import Contracts
import Store
import Workers

/// The end of old events.
enum PrunedEvents {
  /// Events that one step looks at: most of the old ones may still wait.
  static let looked = 1_000

  /// Deletes the oldest events of before a moment, at most `limit`, with their deliveries and attempts. One whose
  /// delivery still waits stays until that has ended, and those after it go on. For a webhook that is paused nothing is
  /// kept for longer than for readers. Looks at those after a position and answers how far it has come: the next step
  /// goes on there, and looks at none twice.
  static func delete(
    before moment: Int64, now: Int64, after position: Int64 = 0, limit: Int, _ connection: Connection
  ) throws -> (deleted: Int, isDone: Bool, through: Int64) {
    try forgetErasures(before: moment, limit: limit, connection)
    let first = try connection.first(
      "SELECT received_at FROM events WHERE position > ? ORDER BY position LIMIT 1", position
    ) { try $0.int64(0) }
    // The usual answer, at the price of one row. One of a clock that was ahead says nothing.
    guard let first, first < moment || first > now else { return (0, true, position) }
    // Positions are in the order of arrival; a clock that was set back only delays what it touched.
    let oldest = try connection.all(
      """
      SELECT position, id, received_at FROM events WHERE position > ? ORDER BY position LIMIT ?
      """, position, looked
    ) { (position: try $0.int64(0), id: try $0.text(1), at: try $0.int64(2)) }
    let count = try OldPrefix.count(of: oldest.map(\.at), before: moment, now: now) {
      let newest = try connection.first("SELECT max(position) FROM events") { try $0.optionalInt64(0) } ?? nil
      return try OldPrefix.isAnyOld(behind: oldest.last?.position ?? 0, last: newest ?? 0, before: moment) { place in
        try connection.first(
          "SELECT received_at FROM events WHERE position >= ? ORDER BY position LIMIT 1", place,
          map: { try $0.int64(0) })
      }
    }
    var (deleted, through) = (0, position)
    for event in oldest.prefix(count) where deleted < limit {
      through = event.position
      if try isAwaited(event.id, connection) { continue }
      deleted += 1
      try connection.execute(
        "DELETE FROM attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE event_id = ?)", event.id)
      let freed = try connection.all(
        "DELETE FROM deliveries WHERE event_id = ? RETURNING webhook_id, order_key, state", event.id
      ) { (WebhookID(trusted: try $0.text(0)), try $0.optionalText(1), Delivery.State(rawValue: try $0.text(2))) }
      // Nobody waits for a turn behind one that is gone.
      for (webhook, key, state) in freed where state?.isOpen ?? false {
        if let key { try DeliveryRow.advance(webhook, key: key, connection) }
      }
      try connection.execute("DELETE FROM events WHERE position = ?", event.position)
    }
    return (deleted, deleted < limit && (count < oldest.count || oldest.count < looked), through)
  }

  private static func isAwaited(_ event: String, _ connection: Connection) throws -> Bool {
    try connection.first(
      """
      SELECT 1 FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id
      WHERE d.event_id = ?
        AND (d.taken_at IS NOT NULL
          OR d.state IN ('waiting', 'behind') AND w.state = 'active' AND w.deleted_at IS NULL)
      LIMIT 1
      """, event, map: { _ in true }) ?? false
  }

  /// By then no event of theirs can still be on its way.
  private static func forgetErasures(before moment: Int64, limit: Int, _ connection: Connection) throws {
    try connection.execute(
      """
      DELETE FROM erased_conversations
      WHERE conversation_id IN (
        SELECT conversation_id FROM erased_conversations
        WHERE at < ? AND order_id NOT IN (SELECT id FROM erasures) ORDER BY at LIMIT ?)
      """, moment, limit)
  }
}
