import Contracts

/// How long people who count against a portfolio's rolling limit take: pure arithmetic.
///
/// Places that are free now are used at once; then each place comes back a day after it was taken, the oldest first.
struct BroadcastOutlook: Sendable, Equatable {
  /// Milliseconds of a rolling day.
  static let day = PortfolioLimit.day

  /// How many have to wait for a place that is taken now, beyond whole days: the place that has to come back. 0 when
  /// there is a free one for everybody.
  let awaited: Int
  /// Days that go by before that place is waited for.
  let wholeDays: Int

  /// `need` people, `limit` of them a day (nil for none), `used` places taken within the last day.
  init(need: Int, limit: Int?, used: Int) {
    guard let limit, limit > 0 else {
      awaited = 0
      wholeDays = 0
      return
    }
    let waiting = need - max(limit - used, 0)
    guard waiting > 0 else {
      awaited = 0
      wholeDays = 0
      return
    }
    wholeDays = (waiting - 1) / limit
    // More may be taken than there are, after Meta lowered the limit: those come back to nobody.
    awaited = waiting - wholeDays * limit + max(used - limit, 0)
  }

  /// When the last of them may be written to. `freeAt` is when the awaited place comes back, if it is one of those that
  /// are taken now; else it is one that is taken by the first of these people.
  func lastAt(now: Int64, used: Int, freeAt: Int64?) -> Int64 {
    guard awaited > 0 else { return now }
    let base = awaited <= used ? max(freeAt ?? now, now) : now + Self.day
    return base + Int64(wholeDays) * Self.day
  }

  /// Rolling days that are touched until then, the first one included.
  static func days(until end: Int64, from now: Int64) -> Int { Int((end - now) / day) + 1 }

  /// For people.
  static func summary(remaining: Int, counting: Int, days: Int, limit: Int?, seconds: Int64) -> String {
    if remaining == 0 { return "Nobody waits." }
    if let limit, days > 1 { return "\(days) days at your limit of \(limit) people a day" }
    let words =
      switch seconds {
      case ..<60: "less than a minute"
      case ..<3_600: "\((seconds + 59) / 60) minutes"
      case ..<86_400: "\((seconds + 3_599) / 3_600) hours"
      default: "\((seconds + 86_399) / 86_400) days"
      }
    guard limit != nil, counting > 0 else { return "\(words) at your messages per second" }
    return "\(words), within your limit of the day"
  }
}
