/// A histogram of commit durations in seconds.
package struct CommitTimes: Sendable, Equatable {
  /// Upper bounds of the buckets, in seconds; a last bucket without bound follows.
  package static let bounds: [Double] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]

  /// Commits per bucket, not cumulative; one more than `bounds`.
  package private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
  /// All durations together, in seconds.
  package private(set) var sum = 0.0
  /// The longest, in seconds.
  package private(set) var longest = 0.0

  /// Counts one commit that took `duration`.
  mutating func add(_ duration: Duration) {
    let parts = duration.components
    let seconds = Double(parts.seconds) + Double(parts.attoseconds) / 1e18
    counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
    sum += seconds
    longest = max(longest, seconds)
  }
}
