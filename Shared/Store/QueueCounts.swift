/// How much is in a queue, for metrics and alerts.
package struct QueueCounts: Sendable, Equatable {
  /// Not leased, due now or later.
  package let ready: Int
  /// Not leased and due now.
  package let due: Int
  /// Leased, expired leases included.
  package let leased: Int
  /// Given up.
  package let dead: Int
  /// When the longest waiting unleased job is or was due, in milliseconds since 1970.
  package let oldestDue: Int64?

  /// Counts put together by hand, for tests and for an empty queue.
  package init(ready: Int = 0, due: Int = 0, leased: Int = 0, dead: Int = 0, oldestDue: Int64? = nil) {
    self.ready = ready
    self.due = due
    self.leased = leased
    self.dead = dead
    self.oldestDue = oldestDue
  }
}
