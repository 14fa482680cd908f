import Contracts
import GraphAPI
import Testing

@testable import SenderRegistry

@Suite struct ReadRulesTests {
  private let rules = ReadRules(interval: 300_000, failures: 3, tokenFailures: 3, tokenPeriod: 120_000)

  @Test func `a token is given up after three refusals over two minutes, not before`() {
    var failures = ReadFailures()
    #expect(failures.add(.token, rules, now: 0) == .wait)
    #expect(failures.add(.token, rules, now: 1_000) == .wait)
    #expect(failures.add(.token, rules, now: 2_000) == .wait)
    #expect(failures.add(.token, rules, now: 119_999) == .wait)
    #expect(failures.add(.token, rules, now: 120_000) == .change(.tokenRefused))
  }

  @Test func `a token is looked at again early, and the last look comes after the whole time`() {
    let failures = ReadFailures()
    for jitter in [0, 0.5, 1] {
      let pause = failures.pause(after: .token, rules, jitter: jitter)
      #expect((60_000...70_000).contains(pause))
      #expect(2 * pause >= rules.tokenPeriod)
    }
    #expect((270_000...330_000).contains(failures.pause(after: .unreachable(""), rules, jitter: 0.3)))
  }

  @Test func `an unreachable Meta is a warning after three failures over two intervals, never more`() {
    var failures = ReadFailures()
    #expect(failures.add(.unreachable("a"), rules, now: 0) == .wait)
    #expect(failures.add(.unreachable("b"), rules, now: 1) == .wait)
    #expect(failures.add(.unreachable("c"), rules, now: 2) == .wait)
    for round in 1...50 {
      let now = 600_000 * Int64(round)
      #expect(failures.add(.unreachable("d"), rules, now: now) == .warn(since: 0, "d"))
    }
  }

  @Test func `one failure of another kind does not make the others forgotten, an answer from Meta ends unreachable`() {
    var failures = ReadFailures()
    _ = failures.add(.token, rules, now: 0)
    _ = failures.add(.unreachable("x"), rules, now: 1)
    _ = failures.add(.token, rules, now: 60_000)
    #expect(failures.unreachable.count == 0)
    #expect(failures.add(.token, rules, now: 120_000) == .change(.tokenRefused))
    let gone = ReadFailure.refused(.numberGone, isPolicy: false)
    _ = failures.add(gone, rules, now: 0)
    _ = failures.add(gone, rules, now: 300_000)
    #expect(failures.add(gone, rules, now: 600_000) == .change(.readRefused(.numberGone, isPolicy: false)))
  }

  @Test func `a clock that was set back makes no failure older`() {
    var tally = FailureTally()
    tally.add(now: 1_000_000)
    tally.add(now: 10)
    tally.add(now: 20)
    #expect(tally.since == 10)
    #expect(!tally.proves(times: 3, over: 100, now: 30))
  }

  @Test(arguments: [
    (190, ReadFailure.token), (4, .throttled(afterMilliseconds: nil)), (80_007, .throttled(afterMilliseconds: nil)),
    (613, .throttled(afterMilliseconds: nil)), (33, .refused(.numberGone, isPolicy: false)),
    (100, .refused(.numberGone, isPolicy: false)), (10, .refused(.readForbidden("words"), isPolicy: false)),
    (200, .refused(.readForbidden("words"), isPolicy: false)), (368, .refused(.accountLocked("words"), isPolicy: true)),
    (131_031, .refused(.accountLocked("words"), isPolicy: true)),
  ])
  func `Meta's codes say what a failure means`(code: Int, expected: ReadFailure) {
    #expect(ReadFailure(.answered(GraphError(httpStatus: 400, code: code, message: "words"))) == expected)
  }

  @Test func `whatever says nothing about the number is unreachable`() {
    for failure in [
      GraphFailure.unknown("HTTP 502"), .answered(GraphError(httpStatus: 500, code: 2, message: "down")),
      .answered(GraphError(httpStatus: 500, code: 999_999, message: "new")),
      .answered(GraphError(httpStatus: 400, code: 33, message: "moment", isTransient: true)),
    ] {
      guard case .unreachable = ReadFailure(failure) else {
        Issue.record("\(failure)")
        continue
      }
    }
  }

  @Test func `only what can have changed is read, and what is switched off rarely`() {
    func plan(_ status: SenderStatus, _ reasons: [SenderReason] = [], enabled: Bool = true, token: Bool = true)
      -> ReadPlan
    {
      ReadPlan(SenderCondition(status, reasons), isEnabled: enabled, hasCredentials: token)
    }
    #expect(plan(.online) == .regularly && plan(.offline) == .regularly && plan(.suspended) == .regularly)
    #expect(plan(.pending) == .never && plan(.connecting) == .never && plan(.failed) == .never)
    #expect(plan(.online, token: false) == .never && plan(.offline, [.reconnectNeeded]) == .never)
    #expect(plan(.offline, [.disabledByHand], enabled: false) == .rarely)
    #expect(ReadPlan.never.pause(interval: 1_000, jitter: 0) == nil)
    #expect(ReadPlan.regularly.pause(interval: 1_000, jitter: 0) == 900)
    #expect(ReadPlan.regularly.pause(interval: 1_000, jitter: 1) == 1_100)
    #expect(ReadPlan.rarely.pause(interval: 1_000, jitter: 0.5) == 12_000)
  }
}
