import Glibc

/// The time of day as a value that is passed in, so that tests can move it.
package struct WallClock: Sendable {
  private let read: @Sendable () -> Int64

  /// A clock that asks `read` for milliseconds since 1970-01-01 UTC.
  package init(_ read: @escaping @Sendable () -> Int64) { self.read = read }

  /// Milliseconds since 1970-01-01 UTC. May step backwards when the machine's clock is set.
  package var now: Int64 { read() }

  /// The machine's clock.
  package static let system = WallClock {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }
}
