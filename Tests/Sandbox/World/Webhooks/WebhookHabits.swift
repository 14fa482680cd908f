/// How Meta's webhook machine behaves; every habit is one its documentation warns of.
package struct WebhookHabits: Sendable, Equatable {
  /// Deliveries in flight at once (deliveries are concurrent).
  package var concurrency = 16
  /// Updates in one delivery, at most 1000.
  package var maximumBatch = 1
  /// Takes waiting updates in random order (order is not guaranteed).
  package var isShuffled = false
  /// Holds everything back until it is false again.
  package var isPaused = false
  /// Milliseconds between accepting a message and `sent`, `sent` and `delivered`, `delivered` and `read`.
  package var delay: ClosedRange<Int> = 20...80
  /// How often `read` comes without a `delivered` before it.
  package var skipDelivered = 0.0
  /// False: messages are accepted and no status ever follows.
  package var sendsStatuses = true
  /// Wait before the second try in milliseconds; it grows by half each time up to `longestRetry`.
  package var firstRetry = 200
  package var longestRetry = 2_000
  /// Milliseconds an answer may take.
  package var timeout = 10_000

  package init() {}

  /// Throws when a figure is out of range.
  package func check() throws(ControlFailure) {
    guard (1...1_024).contains(concurrency) else { throw ControlFailure("concurrency is 1 to 1024") }
    guard (1...1_000).contains(maximumBatch) else { throw ControlFailure("max_batch is 1 to 1000") }
    guard delay.lowerBound >= 0, delay.upperBound <= 600_000 else {
      throw ControlFailure("delays are at most 600000 ms")
    }
    guard (0...1).contains(skipDelivered) else { throw ControlFailure("skip_delivered is between 0 and 1") }
    guard firstRetry >= 1, longestRetry >= firstRetry, longestRetry <= 600_000 else {
      throw ControlFailure("retries wait between 1 and 600000 ms, the first no longer than the longest")
    }
    guard (10...600_000).contains(timeout) else { throw ControlFailure("timeout_ms is 10 to 600000") }
  }
}
