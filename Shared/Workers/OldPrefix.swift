/// Which of the oldest rows are over their time, where rows lie in the order in which they were stored.
///
/// A clock that was ahead for a while dates rows into the future. They are as old as their neighbours: those that
/// something old follows are old, whatever their date says.
package enum OldPrefix {
  /// How many rows from the first on are from before `moment`. `times`, in milliseconds, are in the order of storing.
  ///
  /// Where nothing but the future follows, `isOlderBehind` is asked whether a row further behind is old.
  package static func count(
    of times: [Int64], before moment: Int64, now: Int64, isOlderBehind: () throws -> Bool
  ) rethrows -> Int {
    var old = 0
    for (place, time) in times.enumerated() {
      if time < moment { old = place + 1 } else if time <= now { return old }
    }
    return old < times.count && !times.isEmpty ? (try isOlderBehind() ? times.count : old) : old
  }

  /// Whether one of a few rows behind `place` is from before `moment`: a look at each doubled distance up to `last`.
  /// `time` answers with the first row from a place on.
  package static func isAnyOld(
    behind place: Int64, last: Int64, before moment: Int64, _ time: (Int64) throws -> Int64?
  ) rethrows -> Bool {
    var distance: Int64 = 1
    while place + distance <= last {
      if let at = try time(place + distance), at < moment { return true }
      distance *= 2
    }
    return false
  }
}
