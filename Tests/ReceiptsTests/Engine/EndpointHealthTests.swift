import Testing

@testable import Receipts

@Suite struct EndpointHealthTests {
  private static let hour: Int64 = 3_600_000
  private static let day: Int64 = 24 * hour

  @Test func `five failures over five minutes are news, fewer or quicker ones are not`() {
    var health = EndpointHealth()
    for second in 0..<5 { #expect(health.failed(at: Int64(second) * 1_000) == nil) }
    #expect(health.failed(at: 299_999) == nil)
    #expect(health.failed(at: 300_000) == .failing)
    #expect(health.failed(at: 300_001) == nil && health.told == 1)
    var slow = EndpointHealth()
    for hour in 0..<4 { #expect(slow.failed(at: Int64(hour) * Self.hour) == nil) }
    #expect(slow.failed(at: 4 * Self.hour) == .failing)
  }

  @Test func `half-way to the pause the owner is told again, and then it comes`() {
    var health = EndpointHealth()
    var news: [(Int64, EndpointHealth.News)] = []
    for hour in 0...121 {
      if let told = health.failed(at: Int64(hour) * Self.hour) { news.append((Int64(hour), told)) }
      if news.last?.1 == .pausedFailing { break }
    }
    #expect(news.map(\.1) == [.failing, .halfWay, .pausedFailing])
    #expect(news.map(\.0) == [4, 60, 120])
  }

  @Test func `five days of which nine attempts failed are no pause, the tenth is`() {
    var health = EndpointHealth()
    for number in Int64(0)..<8 { _ = health.failed(at: number * 14 * Self.hour) }
    #expect(health.failed(at: 5 * Self.day) == nil && health.failures == 9)
    #expect(health.failed(at: 5 * Self.day + 1) == .pausedFailing)
  }

  @Test func `auto-disable fires on two short errors with days of quiet between them`() {
    var health = EndpointHealth()
    for second in Int64(0)..<20 { #expect(health.failed(at: second * 1_000) == nil) }
    let later = 6 * Self.day
    for second in Int64(0)..<20 { #expect(health.failed(at: later + second * 1_000) == nil) }
    #expect(health.failingSince == later && health.failures == 20 && health.toldAt == nil)
    // The longest pause of the schedule, jitter included, is no such gap.
    #expect(health.failed(at: later + 29 * Self.hour) == .failing && health.failingSince == later)
  }

  @Test func `nobody is paused who was not told of it hours before`() {
    var health = EndpointHealth()
    for hour in Int64(0)..<4 { _ = health.failed(at: hour * 29 * Self.hour) }
    // The fifth attempt is news, and so late that the pause is near.
    let fifth = 4 * 29 * Self.hour
    #expect(health.failed(at: fifth) == .halfWay)
    for minute in Int64(1)...10 { #expect(health.failed(at: fifth + minute * 60_000) == nil) }
    #expect(health.pausesAt == fifth + EndpointHealth.notice)
    #expect(health.failed(at: 5 * Self.day + 1) == nil)
    #expect(health.failed(at: fifth + EndpointHealth.notice) == .pausedFailing)
  }

  @Test func `auto-disable never fires on sporadic errors`() {
    var health = EndpointHealth()
    // 90 of 100 attempts fail, for a year; what is taken is enough to go on.
    for attempt in Int64(0)..<8_760 {
      let at = attempt * Self.hour
      let news = attempt % 10 == 9 ? health.succeeded(at: at) : health.failed(at: at)
      #expect(news != .pausedFailing)
    }
  }

  @Test func `a success after the owner was told is news, and everything counts anew`() {
    var health = EndpointHealth()
    #expect(health.succeeded(at: 0) == nil)
    for minute in Int64(1)...10 { _ = health.failed(at: minute * 60_000) }
    #expect(health.failingSince == 60_000 && health.told == 1)
    #expect(health.succeeded(at: 700_000) == .recovered)
    #expect(health == EndpointHealth(lastSuccessAt: 700_000))
  }

  @Test func `the last success is remembered every ten seconds`() {
    var health = EndpointHealth()
    _ = health.succeeded(at: 1_000)
    _ = health.succeeded(at: 10_999)
    #expect(health.lastSuccessAt == 1_000)
    _ = health.succeeded(at: 11_000)
    #expect(health.lastSuccessAt == 11_000)
    _ = health.failed(at: 11_500)
    _ = health.succeeded(at: 12_000)
    #expect(health.lastSuccessAt == 12_000)
  }

  @Test func `410 is a pause at once`() {
    var health = EndpointHealth()
    #expect(health.failed(at: 5, isGone: true) == .pausedGone)
  }

  @Test func `a clock that was set back by years pauses nobody`() {
    var health = EndpointHealth()
    for _ in 1...20 { _ = health.failed(at: 100 * Self.day) }
    #expect(health.failed(at: 0) == nil && health.failingSince == 0)
    #expect(health.failed(at: 60_000) == nil)
  }
}
