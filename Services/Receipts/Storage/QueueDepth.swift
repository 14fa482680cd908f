import Store

/// How much waits, and since when: what an operator looks at first.
struct QueueDepth: Sendable, Equatable {
  /// Deliveries that wait, those under way included.
  var new: Int
  var retry: Int
  var replay: Int
  /// When the longest due delivery fell due; nil when none is due.
  var oldestDueAt: Int64?

  /// Two look-ups and a step in an index, however much waits.
  static func read(at now: Int64, _ connection: Connection) throws -> QueueDepth {
    QueueDepth(
      new: try count(.new, connection), retry: try count(.retry, connection),
      replay: try count(.replay, connection),
      oldestDueAt: try connection.first(oldestSQL, now) { try $0.optionalInt64(0) } ?? nil)
  }

  static let oldestSQL = """
    SELECT min(due_at) FROM deliveries INDEXED BY deliveries_due
    WHERE state = 'waiting' AND taken_at IS NULL AND due_at <= ?1
    """

  private static func count(_ lane: DeliveryLane, _ connection: Connection) throws -> Int {
    try connection.first("SELECT deliveries FROM queue_depth WHERE lane = ?", lane.rawValue) { try $0.int(0) } ?? 0
  }
}
