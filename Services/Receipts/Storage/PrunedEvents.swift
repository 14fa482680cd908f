import Contracts
import Store
import Workers

/// The end of old events.
enum PrunedEvents {
  /// Deletes the oldest events of before a moment, at most `limit`, with their deliveries and attempts. One whose
  /// delivery still waits stays until that has ended, and those after it go on. For a webhook that is paused nothing is
  /// kept for longer than for readers.
  static func delete(before moment: Int64, now: Int64, limit: Int, _ connection: Connection) throws
    -> (deleted: Int, isDone: Bool)
  {
    try forgetErasures(before: moment, limit: limit, connection)
    let first = try connection.first("SELECT received_at FROM events ORDER BY position LIMIT 1") { try $0.int64(0) }
    // The usual answer, at the price of one row. One of a clock that was ahead says nothing.
    guard let first, first < moment || first > now else { return (0, true) }
    // Positions are in the order of arrival; a clock that was set back only delays what it touched.
    let oldest = try connection.all(
      """
      SELECT e.position, e.id, e.received_at FROM events e
      WHERE NOT EXISTS (
        SELECT 1 FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id
        WHERE d.event_id = e.id
          AND (d.taken_at IS NOT NULL
            OR d.state IN ('waiting', 'behind') AND w.state = 'active' AND w.deleted_at IS NULL))
      ORDER BY e.position LIMIT ?
      """, limit
    ) { (position: try $0.int64(0), id: try $0.text(1), at: try $0.int64(2)) }
    let count = try OldPrefix.count(of: oldest.map(\.at), before: moment, now: now) {
      let newest = try connection.first("SELECT max(position) FROM events") { try $0.optionalInt64(0) } ?? nil
      return try OldPrefix.isAnyOld(behind: oldest.last?.position ?? 0, last: newest ?? 0, before: moment) { place in
        try connection.first(
          "SELECT received_at FROM events WHERE position >= ? ORDER BY position LIMIT 1", place,
          map: { try $0.int64(0) })
      }
    }
    let old = oldest.prefix(count)
    for event in old {
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
    return (old.count, old.count < limit)
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
