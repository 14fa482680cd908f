import Synchronization

/// A number that goes up and down: a depth, a size, a state.
package final class Gauge: Sendable {
  private let bits = Atomic<UInt64>(0)

  init() {}

  /// Sets the present value.
  package func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

  /// Sets a whole number.
  package func set(_ value: Int) { set(Double(value)) }

  /// Adds, or with a negative `amount` takes away.
  package func add(_ amount: Double) {
    var old = bits.load(ordering: .relaxed)
    while true {
      let new = (Double(bitPattern: old) + amount).bitPattern
      let result = bits.compareExchange(expected: old, desired: new, ordering: .relaxed)
      if result.exchanged { return }
      old = result.original
    }
  }

  /// One more.
  package func increment() { add(1) }

  /// One fewer.
  package func decrement() { add(-1) }

  /// The present value.
  package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}
