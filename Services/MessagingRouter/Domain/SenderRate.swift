/// How fast one number sends: Meta's messages per second, in and out together, and less of them for a while after Meta
/// has said that it was too much. Times in nanoseconds of a clock that is never set.
struct SenderRate: Sendable, Equatable {
  /// Meta's numbers (facts: limits, throughput).
  static let standard = 80
  static let coexistence = 20

  /// The smallest share of the rate that errors bring it down to.
  private static let floor = 0.125
  /// What comes back of the rate in a second without an error.
  private static let recovery = 0.05
  private static let second: Int64 = 1_000_000_000

  /// When the next message would be due at the even rate.
  private(set) var due: Int64
  /// The share of Meta's rate that was left at `sharedAt`.
  private var share = 1.0
  private var sharedAt: Int64

  /// A number that was not seen before in this process: it may have sent at its full rate a moment ago, so it begins
  /// without a burst.
  init(perSecond: Int, at now: Int64) {
    due = now
    sharedAt = now
    due = now + bucket(perSecond, at: now).tolerance
  }

  /// How many may go now, and how long until some may when none. A fast number waits for half a burst, 10 ms at most:
  /// a turn for each message would cost more than the message.
  func allowance(perSecond: Int, at now: Int64) -> (count: Int, wait: Int64) {
    let bucket = bucket(perSecond, at: now)
    let worthwhile = max(1, bucket.burst / 2)
    let count = bucket.allowed(due, at: now)
    if count >= worthwhile { return (count, 0) }
    return (0, max(bucket.free(due) + bucket.interval * (worthwhile - 1) - now, 0))
  }

  /// Messages went out.
  mutating func spend(_ count: Int, perSecond: Int, at now: Int64) {
    due = bucket(perSecond, at: now).spent(count, due, at: now)
  }

  /// Messages came in: Meta counts them too. They come whatever is owed, so the debt ends at a second.
  mutating func charge(_ count: Int, perSecond: Int, at now: Int64) {
    let bucket = bucket(perSecond, at: now)
    due = min(bucket.spent(count, due, at: now), max(due, now + bucket.tolerance + Self.second))
  }

  /// Meta said that it was too much: half the rate, which then comes back in small steps.
  mutating func throttled(at now: Int64) {
    // Sends under way together are refused together: that is one sign, not many.
    guard now - sharedAt >= Self.second || share(at: now) == 1 else { return }
    share = max(share(at: now) / 2, Self.floor)
    sharedAt = now
  }

  /// The share of Meta's rate that is used now.
  func share(at now: Int64) -> Double {
    min(1, share + Self.recovery * Double(max(now - sharedAt, 0)) / Double(Self.second))
  }

  /// Whether it would be the same if it were forgotten and seen anew.
  func isAtRest(at now: Int64) -> Bool { due <= now && share(at: now) == 1 }

  /// A fiftieth of a second's messages may go at once, so that a second never holds more than 2 % above the rate.
  private func bucket(_ perSecond: Int, at now: Int64) -> GCRA {
    let rate = max(1, Double(perSecond) * share(at: now))
    return GCRA(interval: Int64(Double(Self.second) / rate), burst: max(1, Int64(rate) / 50))
  }
}
