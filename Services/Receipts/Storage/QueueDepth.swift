import Store

/// How much waits, and since when: what an operator looks at first.
struct QueueDepth: Sendable, Equatable {
  var new: Int
  var retry: Int
  /// When the longest due delivery fell due; nil when none is due.
  var oldestDueAt: Int64?

  /// Walks the two lanes' indexes: some 10 ms for a million rows, so not at every turn.
  static func read(at now: Int64, _ connection: Connection) throws -> QueueDepth {
    QueueDepth(
      new: try count(.new, connection), retry: try count(.retry, connection),
      oldestDueAt: try connection.first(oldestSQL, now) { try $0.optionalInt64(0) } ?? nil)
  }

  static func countSQL(_ lane: DeliveryLane) -> String {
    "SELECT count(*) FROM deliveries INDEXED BY \(lane.index) WHERE \(lane.isWaiting)"
  }

  static let oldestSQL = """
    SELECT min(due_at) FROM deliveries INDEXED BY deliveries_due
    WHERE state = 'waiting' AND taken_at IS NULL AND due_at <= ?1
    """

  private static func count(_ lane: DeliveryLane, _ connection: Connection) throws -> Int {
    try connection.first(countSQL(lane)) { try $0.int(0) } ?? 0
  }
}
