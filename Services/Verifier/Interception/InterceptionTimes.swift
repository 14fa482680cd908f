/// The waits and bounds of interceptions, in milliseconds.
struct InterceptionTimes: Sendable {
  /// No number is intercepted longer for one verification, whatever else is set.
  static let longest: Int64 = 300_000
  /// Failures in a row after which somebody is told.
  static let failuresBeforeAlert = 3
  /// The most that the carrier's `Retry-After` can put off a next try: a number may wait to be given back.
  static let longestWait: Int64 = 60_000
  /// How long after its deadline a number may still be on its way back before readiness shows it.
  static let tolerated: Int64 = 10_000

  /// Failed tries to arm, and the time from the order, after which it is given up.
  var armTries = 3
  var armWithin: Int64 = 20_000
  /// Pause after the first failure, doubled each time up to the longest.
  var firstPause: Int64 = 1_000
  var longestPause: Int64 = 30_000
  /// How long a change whose answer was lost may still take effect: longer than a request is waited for.
  var unsettled: Int64 = 10_000
  /// At most between looks at a number that is intercepted for good.
  var permanentLook: Int64 = 3_600_000
  /// How long ended rows are kept.
  var kept: Int64 = 30 * 86_400_000

  /// The pause after so many failures in a row.
  func pause(after failures: Int) -> Int64 { min(longestPause, firstPause << Int64(min(max(failures - 1, 0), 16))) }
}
