/// What Meta lets one number send to one user: a message in six seconds, 45 at once, paid back afterwards
/// (facts: limits, pair rate). Times in milliseconds.
enum PairRate {
  static let bucket = GCRA(interval: 6_000, burst: 45)

  /// The longest that one conversation may have to wait: the even rate's next turn after a whole burst.
  static let longestWait: Int64 = 270_000

  /// After Meta has refused `tries` in a row (131056): 1, 4, 16, 64, then always 256 s.
  static func backOff(tries: Int) -> Int64 { SendPolicy.backoff(tries) }
}
