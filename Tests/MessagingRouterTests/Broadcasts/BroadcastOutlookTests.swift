import Testing

@testable import MessagingRouter

@Suite struct BroadcastOutlookTests {
  private static let day: Int64 = 86_400_000

  @Test(arguments: [
    // need, limit, used, when the awaited place comes back, the end in days from now
    (0, 250, 0, 0.0, 0.0), (250, 250, 0, 0, 0), (251, 250, 0, 0, 1), (500, 250, 0, 0, 1), (501, 250, 0, 0, 2),
    // All places are taken: the hundredth comes back in a quarter of a day.
    (100, 250, 250, 0.25, 0.25), (350, 250, 250, 0.25, 1.25),
    // Half are taken: the others are used first.
    (125, 250, 125, 0.5, 0), (200, 250, 125, 0.5, 0.5), (375, 250, 125, 0, 1),
    // More are taken than the limit allows since Meta lowered it.
    (1, 250, 300, 0.25, 0.25), (251, 250, 300, 0.25, 1.25),
  ]) func `the last one is written to when a place has come back`(
    _ need: Int, _ limit: Int, _ used: Int, _ freeAt: Double, _ end: Double
  ) {
    let outlook = BroadcastOutlook(need: need, limit: limit, used: used)
    let last = outlook.lastAt(now: 1_000, used: used, freeAt: 1_000 + Int64(freeAt * Double(Self.day)))
    #expect(Double(last - 1_000) / Double(Self.day) == end)
  }

  @Test func `after a lower limit the places beyond it come back to nobody`() {
    #expect(BroadcastOutlook(need: 1, limit: 250, used: 300).awaited == 51)
    #expect(BroadcastOutlook(need: 250, limit: 250, used: 300).awaited == 300)
    #expect(BroadcastOutlook(need: 251, limit: 250, used: 300).awaited == 51)
  }

  @Test func `without a limit nobody waits for a place`() {
    #expect(BroadcastOutlook(need: 1_000_000, limit: nil, used: 5).lastAt(now: 7, used: 5, freeAt: nil) == 7)
  }

  @Test func `people read it in days at their limit, or in minutes`() {
    #expect(
      BroadcastOutlook.summary(remaining: 500, counting: 500, days: 2, limit: 250, seconds: 90_000)
        == "2 days at your limit of 250 people a day")
    #expect(
      BroadcastOutlook.summary(remaining: 9_600, counting: 10, days: 1, limit: 250, seconds: 120)
        == "2 minutes, within your limit of the day")
    #expect(
      BroadcastOutlook.summary(remaining: 5, counting: 0, days: 1, limit: nil, seconds: 0)
        == "less than a minute at your messages per second")
    #expect(BroadcastOutlook.days(until: Self.day - 1, from: 0) == 1)
    #expect(BroadcastOutlook.days(until: Self.day, from: 0) == 2)
  }
}
