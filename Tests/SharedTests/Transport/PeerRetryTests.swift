import TestSupport
import Telemetry
import JSON
import Testing
import Wire

@testable import Transport

@Suite struct PeerRetryTests {
  static func pause(
    _ failure: CallFailure, mayRepeat: Bool = true, attempt: Int = 1, left: Duration = .seconds(5), jitter: Double = 1
  ) -> Duration? {
    PeerRetryPolicy(mayRepeat: mayRepeat).pause(after: failure, attempt: attempt, left: left, jitter: jitter)
  }

  static let busy = CallFailure.unavailable("BUSY", "busy")

  @Test func `a call that may be repeated is, at most three times in all`() {
    #expect(Self.pause(Self.busy) != nil)
    #expect(Self.pause(Self.busy, attempt: 2) != nil)
    #expect(Self.pause(Self.busy, attempt: 3) == nil)
  }

  @Test func `one that may have begun is not repeated unless that is harmless`() {
    #expect(Self.pause(Self.busy, mayRepeat: false) == nil)
    #expect(Self.pause(.unavailable("BUSY", "busy", started: true), mayRepeat: false) == nil)
    #expect(Self.pause(.unavailable("BUSY", "busy", started: false), mayRepeat: false) != nil)
  }

  @Test func `what the owner says will never work is not tried`() {
    #expect(Self.pause(.notFound("X", "x")) == nil)
    #expect(Self.pause(.permissionDenied("X", "x")) == nil)
    #expect(Self.pause(.unimplemented("X", "x")) == nil)
  }

  @Test func `what was tried further down, timed out or was called off is not tried`() {
    var relayed = Self.busy
    relayed.relayed = true
    #expect(Self.pause(relayed) == nil)
    #expect(Self.pause(.deadlineExceeded("late", started: false)) == nil)
    #expect(Self.pause(CallFailure(.cancelled, "X", "x", retry: .same)) == nil)
  }

  @Test func `pauses are random, double, and obey the owner's wait`() {
    #expect(Self.pause(Self.busy, jitter: 0) == .zero)
    #expect(Self.pause(Self.busy, attempt: 1, jitter: 1) == .milliseconds(40))
    #expect(Self.pause(Self.busy, attempt: 2, jitter: 1) == .milliseconds(80))
    let wait = CallFailure.resourceExhausted("RATE", "slow down", retryAfter: .milliseconds(700))
    #expect(Self.pause(wait, jitter: 0) == .milliseconds(700))
  }

  @Test func `a pause that does not fit into the time left is no pause`() {
    #expect(Self.pause(Self.busy, left: .milliseconds(39), jitter: 1) == nil)
    let wait = CallFailure.resourceExhausted("RATE", "slow down", retryAfter: .seconds(6))
    #expect(Self.pause(wait, jitter: 0) == nil)
  }

  @Test func `the budget gives ten at first, then one for ten calls and one a second`() {
    var budget = PeerRetryBudget(now: 0)
    func taken(of tries: Int, at now: Int64) -> Int { (0..<tries).count { _ in budget.take(now: now) } }
    #expect(taken(of: 20, at: 0) == 10)
    for _ in 0..<30 { budget.called() }
    #expect(taken(of: 20, at: 0) == 3)
    #expect(taken(of: 20, at: 2_000_000_000) == 2)
    for _ in 0..<100_000 { budget.called() }
    #expect(taken(of: 1_000, at: 2_000_000_000) == 100)
  }

  @Test func `a rate counts each second anew`() {
    var rate = RPCRate(perSecond: 2)
    let admitted = [0, 1, 2, 1_000_000_000].map { rate.admits(now: $0) }
    #expect(admitted == [true, true, false, true])
  }
}
