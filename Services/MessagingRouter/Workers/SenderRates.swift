import Synchronization
import Transport

/// How fast each number sends: the one owner of what was sent and received in the last moments. In memory, as it is over
/// within seconds; after a restart every number begins without a burst.
final class SenderRates: Sendable {
  /// Numbers that are remembered; those at rest give way.
  static let limit = 10_000

  private let rates = Mutex<[String: Kept]>([:])
  private let now: @Sendable () -> Int64

  private struct Kept {
    var rate: SenderRate
    /// Messages per second when it was last asked about.
    var perSecond: Int
  }

  /// `now` is nanoseconds of a clock that is never set.
  init(now: @escaping @Sendable () -> Int64 = { MonotonicClock.now }) { self.now = now }

  /// How many messages a number may send now, and how long until the next one when none, in milliseconds.
  func allowance(of number: String, perSecond: Int) -> (count: Int, waitMilliseconds: Int64) {
    let now = now()
    return rates.withLock { rates in
      Self.remember(number, perSecond, &rates, at: now)
      let (count, wait) = rates[number]?.rate.allowance(perSecond: perSecond, at: now) ?? (0, 0)
      return (count, (wait + 999_999) / 1_000_000)
    }
  }

  /// Messages go out.
  func spend(_ count: Int, of number: String) {
    let now = now()
    rates.withLock { rates in
      guard let perSecond = rates[number]?.perSecond else { return }
      rates[number]?.rate.spend(count, perSecond: perSecond, at: now)
    }
  }

  /// Messages came in. Of a number that sends nothing nothing need be known.
  func charge(inbound: [String: Int]) {
    let now = now()
    rates.withLock { rates in
      for (number, count) in inbound {
        guard let perSecond = rates[number]?.perSecond else { continue }
        rates[number]?.rate.charge(count, perSecond: perSecond, at: now)
      }
    }
  }

  /// Meta said that it was too much.
  func throttled(_ number: String) {
    let now = now()
    rates.withLock { $0[number]?.rate.throttled(at: now) }
  }

  /// The share of Meta's rate that a number uses now, 1 for all of it.
  func share(of number: String) -> Double {
    let now = now()
    return rates.withLock { $0[number]?.rate.share(at: now) ?? 1 }
  }

  private static func remember(_ number: String, _ perSecond: Int, _ rates: inout [String: Kept], at now: Int64) {
    if rates[number] != nil {
      rates[number]?.perSecond = perSecond
      return
    }
    if rates.count >= limit { rates = rates.filter { !$0.value.rate.isAtRest(at: now) } }
    // All of them busy: as many numbers as one process can send for, and the oldest knowledge is a second old.
    if rates.count >= limit { rates.removeAll() }
    rates[number] = Kept(rate: SenderRate(perSecond: perSecond, at: now), perSecond: perSecond)
  }
}
