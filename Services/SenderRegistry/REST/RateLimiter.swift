import Synchronization
import Telemetry

/// A token bucket per key (an API key, an address): `perSecond` on average, `burst` at once.
final class RateLimiter<Key: Hashable & Sendable>: Sendable {
  private struct Bucket {
    /// Thousandths of a request.
    var tokens: Int64
    var filledAt: Int64
  }

  /// Keys remembered; the fullest ones are forgotten first, which changes nothing for them.
  private let maximumBuckets = 10_000
  private let perSecond: Int64
  /// Thousandths of a request.
  private let capacity: Int64
  private let clock: WallClock
  private let buckets = Mutex<[Key: Bucket]>([:])

  /// Without a `burst` twice `perSecond`.
  init(perSecond: Int, burst: Int? = nil, clock: WallClock) {
    self.perSecond = Int64(perSecond)
    capacity = Int64(burst ?? perSecond * 2) * 1_000
    self.clock = clock
  }

  /// Takes one request's worth. When there is none: the milliseconds until there is.
  func take(_ key: Key) -> Int64? {
    let now = clock.now
    return buckets.withLock { buckets in
      if !makeRoom(for: key, &buckets, now) { return 1_000 }
      var bucket = buckets[key] ?? Bucket(tokens: capacity, filledAt: now)
      bucket.tokens = fill(bucket, now)
      bucket.filledAt = now
      defer { buckets[key] = bucket }
      if let wait = wait(bucket.tokens) { return wait }
      bucket.tokens -= 1_000
      return nil
    }
  }

  /// What `take` would answer, without taking.
  func wait(_ key: Key) -> Int64? {
    let now = clock.now
    return buckets.withLock { buckets in
      if !makeRoom(for: key, &buckets, now) { return 1_000 }
      return buckets[key].flatMap { wait(fill($0, now)) }
    }
  }

  /// Keys whose buckets have a mark; for tests.
  var count: Int { buckets.withLock { $0.count } }

  private func wait(_ tokens: Int64) -> Int64? {
    tokens < 1_000 ? max(1, (1_000 - tokens) / perSecond) : nil
  }

  private func makeRoom(for key: Key, _ buckets: inout [Key: Bucket], _ now: Int64) -> Bool {
    if buckets.count < maximumBuckets || buckets[key] != nil { return true }
    buckets = buckets.filter { fill($0.value, now) < capacity }
    return buckets.count < maximumBuckets
  }

  /// A clock that steps back gives nothing and takes nothing.
  private func fill(_ bucket: Bucket, _ now: Int64) -> Int64 {
    let passed = min(max(0, now - bucket.filledAt), 10_000)
    return min(capacity, bucket.tokens + passed * perSecond)
  }
}
