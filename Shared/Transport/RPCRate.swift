/// How many of something may happen within a second; counted in whole seconds.
struct RPCRate {
  private let perSecond: Int
  private var second: Int64 = 0
  private var count = 0

  init(perSecond: Int) { self.perSecond = perSecond }

  /// Counts one more and tells whether it is still within the rate.
  mutating func admits(now: Int64) -> Bool {
    let second = now / 1_000_000_000
    if second != self.second {
      self.second = second
      count = 0
    }
    count += 1
    return count <= perSecond
  }
}
