/// A bucket of tokens kept as one moment: when the next arrival would be due at the even rate (the generic cell rate
/// algorithm). Nothing has to be refilled, and one integer survives a restart.
///
/// Times are integers of whatever unit `interval` is in.
struct GCRA: Sendable, Equatable {
  /// Between two at the even rate.
  var interval: Int64
  /// How many may go at once after a rest.
  var burst: Int64

  /// How far ahead of the even rate a burst may run.
  var tolerance: Int64 { interval * (burst - 1) }

  /// When the next may go; at or before now means at once.
  func free(_ due: Int64) -> Int64 { due - tolerance }

  /// How many may go now.
  func allowed(_ due: Int64, at now: Int64) -> Int {
    let room = tolerance - max(due - now, 0)
    return room < 0 ? 0 : Int(room / interval) + 1
  }

  /// The new due time after `count` have gone.
  func spent(_ count: Int, _ due: Int64, at now: Int64) -> Int64 { max(due, now) + interval * Int64(count) }

  /// A due time that this bucket could have: after the clock was set back, an old one lies too far ahead.
  func bounded(_ due: Int64, at now: Int64) -> Int64 { min(due, now + tolerance + interval) }
}
