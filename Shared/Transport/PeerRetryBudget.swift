/// How many calls may be tried again: one in ten, and one a second besides, saved up to a bound.
///
/// When a peer is in trouble nearly every call fails; without a budget retries would triple the load just then.
struct PeerRetryBudget {
  private static let perCall = 0.1
  private static let perSecond = 1.0
  private static let most = 100.0
  private var tokens = 10.0
  private var last: Int64

  init(now: Int64) { last = now }

  /// A first try was made.
  mutating func called() { tokens = min(Self.most, tokens + Self.perCall) }

  /// Takes one retry out of the budget; false when it is empty.
  mutating func take(now: Int64) -> Bool {
    tokens = min(Self.most, tokens + Double(max(0, now - last)) / 1e9 * Self.perSecond)
    last = now
    if tokens < 1 { return false }
    tokens -= 1
    return true
  }
}
