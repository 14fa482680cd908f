import Contracts
import Store

/// Which webhooks have something due, new events first, and when the next delivery falls due.
struct DueWebhooks: Sendable, Equatable {
  /// Webhooks of one lane looked at in a turn.
  static let limit = 10_000

  /// A webhook with both appears twice.
  var queues: [Queue]
  /// The first moment after `now` at which anything falls due; nil when nothing does.
  var nextDueAt: Int64?

  struct Queue: Sendable, Equatable {
    var webhook: WebhookID
    var lane: DeliveryLane
  }

  /// The cost grows with the webhooks that have something waiting, not with what they have waiting.
  static func find(at now: Int64, limit: Int = limit, _ connection: Connection) throws -> DueWebhooks {
    var queues: [Queue] = []
    for lane in DeliveryLane.allCases {
      // Shuffled, so that a full house does not always turn the same webhooks away.
      queues += try connection.all(sql(lane), now, limit) {
        Queue(webhook: WebhookID(trusted: try $0.text(0)), lane: lane)
      }.shuffled()
    }
    return DueWebhooks(queues: queues, nextDueAt: try connection.first(nextSQL, now) { try $0.optionalInt64(0) } ?? nil)
  }

  /// Steps from webhook to webhook in the lane's index: two look-ups each, however long their queues.
  static func sql(_ lane: DeliveryLane) -> String {
    """
    WITH RECURSIVE waiting (webhook_id) AS (
      SELECT min(webhook_id) FROM deliveries INDEXED BY \(lane.index)
      WHERE \(lane.isWaiting)
      UNION ALL
      SELECT (
        SELECT min(webhook_id) FROM deliveries INDEXED BY \(lane.index)
        WHERE \(lane.isWaiting) AND webhook_id > waiting.webhook_id)
      FROM waiting
      WHERE waiting.webhook_id IS NOT NULL
    )
    SELECT waiting.webhook_id
    FROM waiting
    WHERE waiting.webhook_id IS NOT NULL AND EXISTS (
      SELECT 1 FROM deliveries INDEXED BY \(lane.index)
      WHERE \(lane.isWaiting) AND deliveries.webhook_id = waiting.webhook_id AND due_at <= ?1)
      AND EXISTS (
        SELECT 1 FROM webhooks
        WHERE webhooks.id = waiting.webhook_id AND webhooks.state = 'active' AND webhooks.deleted_at IS NULL)
    LIMIT ?2
    """
  }

  static let nextSQL = """
    SELECT min(due_at) FROM deliveries INDEXED BY deliveries_due
    WHERE state = 'waiting' AND taken_at IS NULL AND due_at > ?1
    """
}
