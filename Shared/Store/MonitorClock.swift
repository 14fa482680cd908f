import Glibc

/// The clock of a monitor's timed waits: it never jumps.
enum MonitorClock {
  /// Nanoseconds since some fixed moment of this boot.
  static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
