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
}
