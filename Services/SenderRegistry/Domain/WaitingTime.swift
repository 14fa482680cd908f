/// A length of time in words.
enum WaitingTime {
  /// `30 minutes`, `2 hours`; the largest unit that divides it.
  static func words(_ milliseconds: Int64) -> String {
    for (unit, length) in [("day", Int64(86_400_000)), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000)]
    where milliseconds >= length && milliseconds % length == 0 {
      let count = milliseconds / length
      return "\(count) \(unit)\(count == 1 ? "" : "s")"
    }
    return "\(milliseconds) milliseconds"
  }
}
