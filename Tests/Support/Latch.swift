/// One event that happens once; any number of tasks wait for it, each with a limit.
package final class Latch: Sendable {
  private let box = AsyncBox<Void>()

  package init() {}

  /// Lets everybody through, now and later. Opening twice is no error.
  package func open() { box.put(()) }

  /// True once opened and nobody is taking the event at this very moment.
  package var isOpen: Bool { box.count > 0 }

  /// Waits until it is open, but not longer than `limit`.
  package func wait(within limit: Duration = .seconds(10), _ what: String = "the latch") async throws {
    try await box.next(within: limit, what)
    // Passed on to whoever waits next.
    box.put(())
  }
}
