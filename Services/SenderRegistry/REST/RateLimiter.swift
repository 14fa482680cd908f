import Synchronization
import Telemetry

/// A token bucket per key (an API key, an address): `perSecond` on average, `burst` at once.
final class RateLimiter<Key: Hashable & Sendable>: Sendable {
  private struct Bucket {
    /// Thousandths of a request.
    var tokens: Int64
    var filledAt: Int64
    var rate: Rate
  }

  private struct Rate {
    let perSecond: Int64
    /// Thousandths of a request.
    let capacity: Int64

    init(perSecond: Int, burst: Int?) {
      self.perSecond = Int64(perSecond)
      capacity = Int64(burst ?? perSecond * 2) * 1_000
    }
  }

  /// Keys remembered; the fullest ones are forgotten first, which changes nothing for them.
  private let maximumBuckets = 10_000
  private let standard: Rate
  private let clock: WallClock
  private let buckets = Mutex<[Key: Bucket]>([:])

  /// Without a `burst` twice `perSecond`.
  init(perSecond: Int, burst: Int? = nil, clock: WallClock) {
    standard = Rate(perSecond: perSecond, burst: burst)
    self.clock = clock
  }

  /// Takes one request's worth. When there is none: the milliseconds until there is.
  func take(_ key: Key) -> Int64? { draw(key).wait }

  /// Takes one request's worth of a key that may have a rate of its own, and says where it stands.
  func draw(_ key: Key, perSecond: Int? = nil) -> RateStanding {
    let now = clock.now
    let rate = perSecond.map { Rate(perSecond: $0, burst: nil) } ?? standard
    return buckets.withLock { buckets in
      if !makeRoom(for: key, &buckets, now) { return RateStanding(rate.capacity, 0, rate.perSecond, wait: 1_000) }
      var bucket = buckets[key] ?? Bucket(tokens: rate.capacity, filledAt: now, rate: rate)
      bucket.tokens = min(fill(bucket, now), rate.capacity)
      bucket.filledAt = now
      bucket.rate = rate
      let wait = wait(bucket)
      if wait == nil { bucket.tokens -= 1_000 }
      buckets[key] = bucket
      return RateStanding(rate.capacity, bucket.tokens, rate.perSecond, wait: wait)
    }
  }

  /// What `take` would answer, without taking.
  func wait(_ key: Key) -> Int64? {
    let now = clock.now
    return buckets.withLock { buckets in
      if !makeRoom(for: key, &buckets, now) { return 1_000 }
      return buckets[key].flatMap { bucket in
        var bucket = bucket
        bucket.tokens = fill(bucket, now)
        return wait(bucket)
      }
    }
  }

  /// Keys whose buckets have a mark; for tests.
  var count: Int { buckets.withLock { $0.count } }

  private func wait(_ bucket: Bucket) -> Int64? {
    bucket.tokens < 1_000 ? max(1, (1_000 - bucket.tokens) / bucket.rate.perSecond) : nil
  }

  private func makeRoom(for key: Key, _ buckets: inout [Key: Bucket], _ now: Int64) -> Bool {
    if buckets.count < maximumBuckets || buckets[key] != nil { return true }
    buckets = buckets.filter { fill($0.value, now) < $0.value.rate.capacity }
    return buckets.count < maximumBuckets
  }

  /// A clock that steps back gives nothing and takes nothing.
  private func fill(_ bucket: Bucket, _ now: Int64) -> Int64 {
    let passed = min(max(0, now - bucket.filledAt), 10_000)
    return min(bucket.rate.capacity, bucket.tokens + passed * bucket.rate.perSecond)
  }
}
