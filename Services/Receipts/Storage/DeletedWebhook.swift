import Contracts
import Store

/// A webhook that is gone and has deliveries left that will never be made.
enum DeletedWebhook {
  /// Calls off at most `limit` open deliveries of one deleted webhook; true when nothing is left of any.
  static func sweep(limit: Int, _ connection: Connection) throws -> Bool {
    let id = try connection.first(
      "SELECT id FROM webhooks INDEXED BY webhooks_unswept WHERE deleted_at IS NOT NULL AND is_swept = 0 LIMIT 1"
    ) { try $0.text(0) }
    guard let id else { return true }
    var left = limit
    for open in openSQL where left > 0 {
      try connection.execute(
        "UPDATE deliveries SET state = 'cancelled' WHERE id IN (\(open) LIMIT ?2)", id, left)
      left -= connection.changes
    }
    // Nobody queues anything for it any more: what nothing was found of stays so.
    if left == limit { try connection.execute("UPDATE webhooks SET is_swept = 1 WHERE id = ?", id) }
    return false
  }

  /// The open deliveries of a webhook (?1), by an index of each kind, so that no step looks at what it leaves. What is in
  /// hand is called off too: its attempt is logged, and what moves up behind it is found by a later step.
  static let openSQL: [String] =
    [
      """
      SELECT id FROM deliveries INDEXED BY deliveries_ordered
      WHERE order_key IS NOT NULL AND state IN ('waiting', 'behind', 'held') AND webhook_id = ?1
      """,
      "SELECT id FROM deliveries INDEXED BY deliveries_held WHERE state = 'held' AND webhook_id = ?1",
    ]
    + DeliveryLane.allCases.map {
      "SELECT id FROM deliveries INDEXED BY \($0.index) WHERE \($0.isWaiting) AND webhook_id = ?1"
    }
    + [
      """
      SELECT id FROM deliveries INDEXED BY deliveries_taken
      WHERE taken_at IS NOT NULL AND state = 'waiting' AND webhook_id = ?1
      """
    ]
}
