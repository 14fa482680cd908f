import Glibc

/// A moment on the monotonic clock by which something must be done; no date, so clocks may jump.
package struct Deadline: Sendable, Hashable, Comparable {
  /// Nanoseconds of CLOCK_MONOTONIC.
  package let nanoseconds: Int64

  /// A deadline at a moment of CLOCK_MONOTONIC.
  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// `wait` from now; saturates after 292 years.
  package static func after(_ wait: Duration) -> Deadline {
    let (seconds, attoseconds) = wait.components
    let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflowsToo) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
    let (moment, overflowsAgain) = sum.addingReportingOverflow(Self.now.nanoseconds)
    return Deadline(nanoseconds: overflows || overflowsToo || overflowsAgain ? (seconds < 0 ? 0 : .max) : moment)
  }

  /// This moment.
  package static var now: Deadline {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Deadline(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// What is left; zero when it has passed.
  package var remaining: Duration {
    .nanoseconds(max(0, nanoseconds &- Self.now.nanoseconds))
  }

  /// Whether it has passed.
  package var hasPassed: Bool { self <= .now }

  package static func < (left: Deadline, right: Deadline) -> Bool { left.nanoseconds < right.nanoseconds }
}
