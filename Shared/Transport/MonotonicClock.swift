import Glibc

/// Nanoseconds of a clock that never jumps: for deadlines and durations, never for dates.
package enum MonotonicClock {
  /// Nanoseconds since some fixed moment of this boot.
  package static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

extension Duration {
  /// Whole nanoseconds, saturating at `Int64.max` (292 years).
  package var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max : product &+ attoseconds / 1_000_000_000
  }

  /// Whole milliseconds, rounded down.
  package var milliseconds: Int64 { nanoseconds / 1_000_000 }
}
