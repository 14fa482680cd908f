import Testing

@testable import Receipts

@Suite struct RetryScheduleTests {
  @Test(
    arguments: zip(
      1...9, [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] as [Int64]))
  func `each failure is followed by the next pause of the list`(attempts: Int, seconds: Int64) {
    let next = RetrySchedule.standard.afterFailure(attempts: attempts, at: 1_000, jitter: 1)
    #expect(next == .again(dueAt: 1_000 + seconds * 1_000))
  }

  @Test func `the tenth failure is the last`() {
    #expect(RetrySchedule.standard.afterFailure(attempts: 10, at: 0, jitter: 1) == .exhausted)
    #expect(RetrySchedule.standard.afterFailure(attempts: 11, at: 0, jitter: 1) == .exhausted)
  }

  @Test func `ten attempts outlast a weekend`() {
    let whole = RetrySchedule.standard.pauses.reduce(Duration.zero, +)
    #expect(whole == .seconds(272_105) && whole > .seconds(72 * 3_600))
  }

  @Test(arguments: [(0.8, Int64(4_000)), (1.0, 5_000), (1.2, 6_000)])
  func `a pause is shorter or longer by a fifth`(jitter: Double, milliseconds: Int64) {
    #expect(RetrySchedule.standard.afterFailure(attempts: 1, at: 0, jitter: jitter) == .again(dueAt: milliseconds))
  }

  @Test func `a list of one allows one attempt`() {
    #expect(RetrySchedule(pauses: [.zero]).afterFailure(attempts: 1, at: 0, jitter: 1) == .exhausted)
  }

  @Test func `pauses below a second count`() {
    let schedule = RetrySchedule(pauses: [.zero, .milliseconds(250)])
    #expect(schedule.afterFailure(attempts: 1, at: 0, jitter: 1) == .again(dueAt: 250))
  }

  @Test(arguments: [
    (Int64(0), Int64(300_000)), (299_000, 300_000), (400_000, 400_000), (600_000, 600_000), (900_000, 600_000),
  ])
  func `a receiver's wish makes a pause longer, up to twice as long`(asked: Int64, pause: Int64) {
    let next = RetrySchedule.standard.afterFailure(attempts: 2, at: 0, jitter: 1, asked: asked)
    #expect(next == .again(dueAt: pause))
  }

  @Test func `by no more than an hour, and never shorter`() {
    let schedule = RetrySchedule(pauses: [.zero, .seconds(3_000), .seconds(7_200)])
    #expect(schedule.afterFailure(attempts: 1, at: 0, jitter: 1, asked: 86_400_000) == .again(dueAt: 3_600_000))
    #expect(schedule.afterFailure(attempts: 2, at: 0, jitter: 1, asked: 86_400_000) == .again(dueAt: 7_200_000))
  }

  @Test func `a schedule is a name or pauses`() {
    #expect(RetrySchedule(text: "standard") == .standard)
    #expect(RetrySchedule(text: "short")?.pauses == [.zero, .seconds(30), .seconds(60), .seconds(120)])
    #expect(RetrySchedule(text: "0s, 250ms,7d")?.pauses == [.zero, .milliseconds(250), .seconds(604_800)])
  }

  @Test(arguments: [
    "", " ", "long", "0s,", "0s,,5s", "5", "-5s", "8d", "0s;5s", String(repeating: "1s,", count: 50) + "1s",
  ])
  func `anything else is no schedule`(text: String) { #expect(RetrySchedule(text: text) == nil) }
}
