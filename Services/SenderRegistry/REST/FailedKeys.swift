import Synchronization
import Telemetry
import Transport

/// How many wrong or missing API keys an address may send: each right-looking one costs a look-up in the database, and
/// whoever guesses has no key of his own to be limited by.
final class FailedKeys: Sendable {
  static let perSecond = 10
  static let burst = 50
  /// Keys remembered as good; beyond it all are forgotten, which costs a look-up each.
  private static let maximumGood = 10_000

  private let rates: RateLimiter<[UInt8]>
  /// Hashes of keys that worked last time: a stranger behind the same proxy must not lock their owners out.
  private let good = Mutex<Set<[UInt8]>>([])

  init(clock: WallClock) { rates = RateLimiter(perSecond: Self.perSecond, burst: Self.burst, clock: clock) }

  /// The milliseconds that a request from `remote` has to wait, before anything is looked up; nil when it may go on.
  func wait(_ remote: SocketAddress, hash: [UInt8]?) -> Int64? {
    if let hash, good.withLock({ $0.contains(hash) }) { return nil }
    return rates.wait(Self.origin(remote))
  }

  func failed(_ remote: SocketAddress, hash: [UInt8]?) {
    if let hash { _ = good.withLock { $0.remove(hash) } }
    _ = rates.take(Self.origin(remote))
  }

  func succeeded(hash: [UInt8]) {
    good.withLock { good in
      if good.count >= Self.maximumGood, !good.contains(hash) { good = [] }
      good.insert(hash)
    }
  }

  /// What one party can be expected to hold: an IPv4 address, or a /64 of IPv6.
  static func origin(_ remote: SocketAddress) -> [UInt8] {
    if !remote.isIPv6 { return remote.bytes }
    // ::ffff:a.b.c.d is how a listener on :: sees IPv4.
    let isMapped = remote.bytes.prefix(10).allSatisfy { $0 == 0 } && remote.bytes[10...11].allSatisfy { $0 == 0xFF }
    return isMapped ? Array(remote.bytes.suffix(4)) : Array(remote.bytes.prefix(8))
  }
}
