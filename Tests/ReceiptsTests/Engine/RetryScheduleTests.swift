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
}
