import Contracts
import Synchronization
import Telemetry

/// A token bucket per API key: `perSecond` on average, twice that at once.
final class RateLimiter: Sendable {
  private struct Bucket {
    /// Thousandths of a request.
    var tokens: Int64
    var filledAt: Int64
  }

  /// Keys remembered; the fullest ones are forgotten first, which changes nothing for them.
  private static let maximumBuckets = 10_000

  private let perSecond: Int64
  private let clock: WallClock
  private let buckets = Mutex<[APIKeyID: Bucket]>([:])

  init(perSecond: Int, clock: WallClock) {
    self.perSecond = Int64(perSecond)
    self.clock = clock
  }

  private var capacity: Int64 { perSecond * 2_000 }

  /// Takes one request's worth. When there is none: the milliseconds until there is.
  func take(_ key: APIKeyID) -> Int64? {
    let now = clock.now
    return buckets.withLock { buckets in
      if buckets.count >= Self.maximumBuckets, buckets[key] == nil {
        buckets = buckets.filter { fill($0.value, now) < capacity }
        if buckets.count >= Self.maximumBuckets { return 1_000 }
      }
      var bucket = buckets[key] ?? Bucket(tokens: capacity, filledAt: now)
      bucket.tokens = fill(bucket, now)
      bucket.filledAt = now
      defer { buckets[key] = bucket }
      if bucket.tokens < 1_000 { return max(1, (1_000 - bucket.tokens) / perSecond) }
      bucket.tokens -= 1_000
      return nil
    }
  }

  /// A clock that steps back gives nothing and takes nothing.
  private func fill(_ bucket: Bucket, _ now: Int64) -> Int64 {
    let passed = min(max(0, now - bucket.filledAt), 10_000)
    return min(capacity, bucket.tokens + passed * perSecond)
  }
}
