import Synchronization

/// How often values fell into which range, with their sum: latencies in seconds, sizes in bytes.
package final class Histogram: Sendable {
  /// The state of a histogram at one moment.
  package struct Snapshot: Sendable, Equatable {
    /// Upper bounds, ascending, without the last one, +Inf.
    package let bounds: [Double]
    /// Values per range, not cumulated; one more than `bounds`, for what is above the last.
    package let counts: [Int]
    /// The sum of all values.
    package let sum: Double

    /// A snapshot made elsewhere; `counts` has one entry more than `bounds`.
    package init(bounds: [Double], counts: [Int], sum: Double) {
      precondition(counts.count == bounds.count + 1, "one count per bound and one above")
      self.bounds = bounds
      self.counts = counts
      self.sum = sum
    }
  }

  private struct State {
    var counts: [Int]
    var sum = 0.0
  }

  private let bounds: [Double]
  // A lock, not atomics: count and sum must agree when read, and it is all but never contended.
  private let state: Mutex<State>

  init(bounds: [Double]) {
    precondition(zip(bounds, bounds.dropFirst()).allSatisfy(<), "bounds ascend")
    self.bounds = bounds
    state = Mutex(State(counts: [Int](repeating: 0, count: bounds.count + 1)))
  }

  /// Counts one value.
  package func observe(_ value: Double) {
    var index = 0
    while index < bounds.count && value > bounds[index] { index += 1 }
    state.withLock { state in
      state.counts[index] += 1
      state.sum += value
    }
  }

  /// Counts a length of time, in seconds.
  package func observe(nanoseconds: Int64) { observe(Double(nanoseconds) / 1e9) }

  /// Counts a length of time, in seconds.
  package func observe(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    observe(Double(seconds) + Double(attoseconds) / 1e18)
  }

  /// Counts and sum that belong together.
  package var snapshot: Snapshot {
    state.withLock { Snapshot(bounds: bounds, counts: $0.counts, sum: $0.sum) }
  }
}

extension [Double] {
  /// 250 µs to 30 s: from an in-memory answer to the longest deadline.
  package static var latencySeconds: [Double] {
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
  }

  /// 64 bytes to 16 MiB in steps of four.
  package static var sizeBytes: [Double] { (3...12).map { index in Double(1 << (2 * index)) } }

  /// 1 to 512 in steps of two: batches.
  package static var counts: [Double] { (0...9).map { index in Double(1 << index) } }
}
