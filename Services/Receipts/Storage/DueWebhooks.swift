import Contracts
import Store

/// A walk over the webhooks that have something waiting, lane by lane: how the agenda begins, and how it is checked.
enum DueWebhooks {
  /// Webhooks of one lane looked at in one read: a few milliseconds.
  static let page = 500

  struct Found: Sendable, Equatable {
    var webhook: WebhookID
    /// When its first delivery of the lane falls due; 0 for what is new.
    var dueAt: Int64
    /// It took what it was sent last.
    var isProven: Bool
    /// Counts the changes by people.
    var version: Int64
  }

  /// Those after `webhook` in the order of their ids, and where to go on; nil at the end. Paused ones are left out.
  static func find(
    _ lane: DeliveryLane, after webhook: WebhookID?, limit: Int = page, _ connection: Connection
  ) throws -> (found: [Found], last: WebhookID?) {
    var last: WebhookID?
    var seen = 0
    let found = try connection.all(sql(lane), webhook?.text ?? "", limit) { row -> Found? in
      let webhook = WebhookID(trusted: try row.text(0))
      last = webhook
      seen += 1
      guard try row.bool(1), let dueAt = try row.optionalInt64(3) else { return nil }
      return Found(
        webhook: webhook, dueAt: lane == .new ? 0 : dueAt, isProven: try row.bool(2), version: try row.int64(4))
    }
    return (found.compactMap { $0 }, seen == limit ? last : nil)
  }

  /// Steps from webhook to webhook in the lane's index: three look-ups each, however long their queues.
  static func sql(_ lane: DeliveryLane) -> String {
    """
    WITH RECURSIVE waiting (webhook_id) AS (
      SELECT min(webhook_id) FROM deliveries INDEXED BY \(lane.index)
      WHERE \(lane.isWaiting) AND webhook_id > ?1
      UNION ALL
      SELECT (
        SELECT min(webhook_id) FROM deliveries INDEXED BY \(lane.index)
        WHERE \(lane.isWaiting) AND webhook_id > waiting.webhook_id)
      FROM waiting
      WHERE waiting.webhook_id IS NOT NULL
      LIMIT ?2
    )
    SELECT waiting.webhook_id, w.state = 'active' AND w.deleted_at IS NULL,
      w.failing_since IS NULL AND w.last_success_at IS NOT NULL,
      (SELECT min(due_at) FROM deliveries INDEXED BY \(lane.index)
      WHERE \(lane.isWaiting) AND webhook_id = waiting.webhook_id), w.version
    FROM waiting
    CROSS JOIN webhooks w ON w.id = waiting.webhook_id
    """
  }

  /// When the first delivery of each lane of one webhook falls due; what is new is due.
  static func times(of webhook: WebhookID, _ connection: Connection) throws -> LaneTimes {
    var times = LaneTimes()
    for lane in DeliveryLane.allCases {
      let first = try connection.first(firstSQL(lane), webhook.text) { try $0.optionalInt64(0) }
      times[lane] = (first ?? nil) ?? LaneTimes.never
    }
    if times.new != LaneTimes.never { times.new = 0 }
    return times
  }

  static func firstSQL(_ lane: DeliveryLane) -> String {
    """
    SELECT min(due_at) FROM deliveries INDEXED BY \(lane.index)
    WHERE \(lane.isWaiting) AND webhook_id = ?1
    """
  }
}
