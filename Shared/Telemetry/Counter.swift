import Synchronization

/// A number that only grows, since the start of the process.
package final class Counter: Sendable {
  private let count = Atomic<Int>(0)

  init() {}

  /// Adds `amount`, which must not be negative.
  package func increment(by amount: Int = 1) {
    precondition(amount >= 0, "a counter only grows")
    count.wrappingAdd(amount, ordering: .relaxed)
  }

  /// The count so far.
  package var value: Int { count.load(ordering: .relaxed) }
}
