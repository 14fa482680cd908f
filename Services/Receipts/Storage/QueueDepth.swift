import Store

/// How much waits, and since when: what an operator looks at first.
struct QueueDepth: Sendable, Equatable {
  /// Deliveries that wait, those under way included.
  var new: Int
  var retry: Int
  var replay: Int
  /// Until webhooks that are paused are resumed.
  var held = 0
  /// Until it is their contact's turn: their webhooks are in ordered mode.
  var behind = 0
  /// When the longest due delivery fell due; nil when none is due. Those of paused webhooks are nobody's to deliver.
  var oldestDueAt: Int64?

  /// Two look-ups and a step in an index, however much waits.
  static func read(at now: Int64, _ connection: Connection) throws -> QueueDepth {
    QueueDepth(
      new: try count(.new, connection), retry: try count(.retry, connection),
      replay: try count(.replay, connection), held: try count("held", connection),
      behind: try count("behind", connection),
      oldestDueAt: try oldest(at: now, connection))
  }

  static let oldestSQL = """
    SELECT webhook_id, due_at FROM deliveries INDEXED BY deliveries_due
    WHERE state = 'waiting' AND taken_at IS NULL AND due_at <= ?1
    ORDER BY due_at LIMIT 1
    """

  /// The longest due of all is nearly always the one that is looked for. Where its webhook is paused each webhook with
  /// something due is looked at instead.
  private static func oldest(at now: Int64, _ connection: Connection) throws -> Int64? {
    let first = try connection.first(oldestSQL, now) { (webhook: try $0.text(0), dueAt: try $0.int64(1)) }
    guard let first else { return nil }
    let isActive = try connection.first(
      "SELECT 1 FROM webhooks WHERE id = ? AND state = 'active' AND deleted_at IS NULL", first.webhook,
      map: { _ in true })
    if isActive == true { return first.dueAt }
    return try DeliveryLane.allCases.compactMap { lane in
      try connection.first(oldestOfActiveSQL(lane), now) { try $0.optionalInt64(0) } ?? nil
    }.min()
  }

  /// Steps from webhook to webhook in the lane's index.
  static func oldestOfActiveSQL(_ lane: DeliveryLane) -> String {
    """
    WITH RECURSIVE waiting (webhook_id) AS (
      SELECT min(webhook_id) FROM deliveries INDEXED BY \(lane.index) WHERE \(lane.isWaiting)
      UNION ALL
      SELECT (
        SELECT min(webhook_id) FROM deliveries INDEXED BY \(lane.index)
        WHERE \(lane.isWaiting) AND webhook_id > waiting.webhook_id)
      FROM waiting
      WHERE waiting.webhook_id IS NOT NULL
    )
    SELECT min(
      (SELECT min(due_at) FROM deliveries INDEXED BY \(lane.index)
      WHERE \(lane.isWaiting) AND deliveries.webhook_id = waiting.webhook_id AND due_at <= ?1))
    FROM waiting CROSS JOIN webhooks w ON w.id = waiting.webhook_id
    WHERE w.state = 'active' AND w.deleted_at IS NULL
    """
  }

  private static func count(_ lane: DeliveryLane, _ connection: Connection) throws -> Int {
    try count(lane.rawValue, connection)
  }

  private static func count(_ lane: String, _ connection: Connection) throws -> Int {
    try connection.first("SELECT deliveries FROM queue_depth WHERE lane = ?", lane) { try $0.int(0) } ?? 0
  }
}
