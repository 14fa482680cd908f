import Testing

@testable import MessagingRouter

@Suite struct RateTests {
  @Test func `a burst goes at once, then one in each interval`() {
    let bucket = GCRA(interval: 6_000, burst: 45)
    var due: Int64 = 0
    var now: Int64 = 1_000_000
    #expect(bucket.allowed(due, at: now) == 45)
    due = bucket.spent(45, due, at: now)
    #expect(bucket.allowed(due, at: now) == 0)
    #expect(bucket.free(due) == now + 6_000)
    now += 5_999
    #expect(bucket.allowed(due, at: now) == 0)
    now += 1
    #expect(bucket.allowed(due, at: now) == 1)
    due = bucket.spent(1, due, at: now)
    // What was sent at once is paid back: after ten intervals ten may go.
    now += 60_000
    #expect(bucket.allowed(due, at: now) == 10)
    now += 45 * 6_000
    #expect(bucket.allowed(due, at: now) == 45)
  }

  @Test func `no window of a day's schedule holds more than burst and rate`() {
    let bucket = GCRA(interval: 6_000, burst: 45)
    var due: Int64 = 0
    var sent: [Int64] = []
    var now: Int64 = 0
    var generator = SeededGenerator(seed: 7)
    while now < 3_600_000 {
      let count = min(bucket.allowed(due, at: now), Int.random(in: 0...9, using: &generator))
      due = bucket.spent(count, due, at: now)
      sent += Array(repeating: now, count: count)
      now += Int64.random(in: 1...4_000, using: &generator)
    }
    for (place, first) in sent.enumerated() {
      for length in [60_000, 600_000] as [Int64] {
        let inside = sent[place...].prefix { $0 < first + length }.count
        #expect(inside <= 45 + Int(length / 6_000))
      }
    }
    #expect(sent.count > 550)
  }

  @Test func `a clock that was set back does not silence a pair for the difference`() {
    let bucket = PairRate.bucket
    let due = bucket.spent(45, 0, at: 10_000_000)
    let earlier: Int64 = 1_000_000
    #expect(bucket.allowed(due, at: earlier) == 0)
    let bounded = bucket.bounded(due, at: earlier)
    #expect(bucket.free(bounded) == earlier + bucket.interval)
  }

  private static let second: Int64 = 1_000_000_000

  @Test(arguments: [20, 80, 1_000])
  func `a number reaches its rate and passes it by no more than a fiftieth`(perSecond: Int) {
    var rate = SenderRate(perSecond: perSecond, at: 0)
    var sent: [Int64] = []
    var now: Int64 = 0
    while now < 5 * Self.second {
      let (count, wait) = rate.allowance(perSecond: perSecond, at: now)
      rate.spend(count, perSecond: perSecond, at: now)
      sent += Array(repeating: now, count: count)
      now += count > 0 ? 1_000_000 : max(wait, 1)
    }
    #expect(sent.count >= perSecond * 5 - max(perSecond / 50, 1))
    for (place, first) in sent.enumerated() where place % 50 == 0 {
      let inside = sent[place...].prefix { $0 < first + Self.second }.count
      #expect(inside <= perSecond + max(perSecond / 50, 1))
    }
  }

  @Test func `a number begins without a burst`() {
    let rate = SenderRate(perSecond: 1_000, at: 0)
    let (count, wait) = rate.allowance(perSecond: 1_000, at: 0)
    #expect(count == 0 && wait <= 10_000_000)
    #expect(SenderRate(perSecond: 80, at: 0).allowance(perSecond: 80, at: 0).count == 1)
  }

  @Test func `what comes in is charged, and its debt ends at a second`() {
    var rate = SenderRate(perSecond: 80, at: 0)
    rate.charge(40, perSecond: 80, at: 0)
    #expect(rate.allowance(perSecond: 80, at: 0).count == 0)
    #expect(rate.allowance(perSecond: 80, at: Self.second / 2 + 20_000_000).count >= 1)
    rate.charge(1_000_000, perSecond: 80, at: 0)
    #expect(rate.allowance(perSecond: 80, at: 2 * Self.second).count >= 1)
  }

  @Test func `refusals halve the rate once a second, and it comes back in small steps`() {
    var rate = SenderRate(perSecond: 80, at: 0)
    for _ in 0..<50 { rate.throttled(at: Self.second) }
    #expect(rate.share(at: Self.second) == 0.5)
    rate.throttled(at: 2 * Self.second)
    #expect(abs(rate.share(at: 2 * Self.second) - 0.275) < 0.001)
    for second in 3...20 { rate.throttled(at: Int64(second) * Self.second) }
    #expect(rate.share(at: 20 * Self.second) == 0.125)
    #expect(rate.share(at: 60 * Self.second) == 1)
  }

  @Test func `the lowest priority that waits has one send in twenty`() {
    var turns = PriorityTurns()
    let firsts = (0..<100).map { _ in turns.next()[0] }
    #expect(firsts.count { $0 == .broadcast } == 5)
    #expect(firsts.count { $0 == .answer } == 95)
  }

  @Test func `free sends are dealt in turns, and a quarter is nobody's own`() {
    typealias Claim = SendSlots.Claim
    #expect(SendSlots.deal(100, [Claim(wanted: 500, underWay: 0)], concurrency: 100) == [75])
    #expect(SendSlots.deal(100, [Claim(wanted: 500, underWay: 70)], concurrency: 100) == [5])
    #expect(
      SendSlots.deal(
        10, [Claim(wanted: 500, underWay: 0), Claim(wanted: 2, underWay: 0), Claim(wanted: 500, underWay: 0)],
        concurrency: 100) == [4, 2, 4])
    #expect(SendSlots.deal(0, [Claim(wanted: 5, underWay: 0)], concurrency: 8) == [0])
    #expect(SendSlots.deal(5, [Claim(wanted: -1, underWay: 9)], concurrency: 8) == [0])
    #expect(SendSlots.deal(1, [Claim(wanted: 5, underWay: 0)], concurrency: 1) == [1])
  }

  @Test(arguments: [
    ("TIER_250", 250), ("TIER_1K", 1_000), ("TIER_2K", 2_000), ("TIER_10K", 10_000), ("TIER_100K", 100_000),
    ("TIER_UNLIMITED", Int.max), ("TIER_50", 50), ("TIER_1M", 1_000_000),
  ])
  func `a limit's name says its number`(name: String, count: Int) {
    #expect(PortfolioLimit(tier: name)?.count == count)
  }

  @Test func `names without a number are not a limit, and without any the lowest is taken`() {
    for name in ["TIER_NOT_SET", "", "2000", "TIER_", "TIER_K", "TIER_-5", "TIER_99999999999999999999"] {
      #expect(PortfolioLimit(tier: name) == nil)
    }
    #expect(PortfolioLimit.of([nil, "TIER_NOT_SET"]) == (.people(250), true))
    // A raise may have reached only one of them.
    #expect(PortfolioLimit.of(["TIER_10K", nil, "TIER_2K"]) == (.people(2_000), false))
    #expect(PortfolioLimit.of(["TIER_UNLIMITED"]) == (.unlimited, false))
  }

  @Test func `usage is told at 80 and at 100 percent`() {
    let limit = PortfolioLimit.people(250)
    #expect([0, 199, 200, 249, 250, 300].map { limit.step(used: $0) } == [0, 0, 80, 80, 100, 100])
    #expect(PortfolioLimit.unlimited.step(used: 1_000_000) == 0)
  }
}

/// Numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
