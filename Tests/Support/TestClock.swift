import Synchronization
package import Telemetry

/// A clock that stands still until a test moves it.
package final class TestClock: Sendable {
  private let time: Mutex<Int64>

  /// Starts at 2026-01-01T00:00:00Z unless told otherwise, in milliseconds since 1970.
  package init(at milliseconds: Int64 = 1_767_225_600_000) { time = Mutex(milliseconds) }

  /// What the code under test is given.
  package var clock: WallClock { WallClock { self.now } }

  /// The present moment in milliseconds since 1970.
  package var now: Int64 { time.withLock { $0 } }

  /// Moves forward, or with a negative duration back.
  package func advance(by duration: Duration) {
    let (seconds, attoseconds) = duration.components
    time.withLock { $0 += seconds * 1_000 + attoseconds / 1_000_000_000_000_000 }
  }

  /// Jumps to a moment.
  package func set(to milliseconds: Int64) { time.withLock { $0 = milliseconds } }
}
