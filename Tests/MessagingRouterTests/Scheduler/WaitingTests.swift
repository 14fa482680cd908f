import Contracts
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport
import Wire

@testable import MessagingRouter

/// What a queued message says it waits for.
@Suite struct WaitingTests {
  typealias S = SchedulerStore
  typealias Facts = WaitingReason.Facts

  private static func pause(
    _ scope: SenderLimits.Pause.Scope, until: Int64, code: String = "X", needsAttention: Bool = false
  ) -> SenderLimits.Pause {
    SenderLimits.Pause(
      scope: scope, code: code, message: "", nextStep: nil, since: Timestamp(milliseconds: 0),
      until: Timestamp(milliseconds: until), needsAttention: needsAttention)
  }

  struct Case: Sendable {
    var facts: Facts
    var isOnline = true
    var pauses: [SenderLimits.Pause] = []
    var waiting: Message.Waiting
    var until: Int64?
  }

  static let cases = [
    Case(facts: Facts(), waiting: .throughput),
    Case(facts: Facts(isNext: false), waiting: .conversation),
    Case(facts: Facts(scheduledUntil: 500), isOnline: false, waiting: .scheduled, until: 500),
    Case(facts: Facts(), isOnline: false, pauses: [pause(.sender, until: 900)], waiting: .senderOffline),
    Case(facts: Facts(), pauses: [pause(.sender, until: 900)], waiting: .senderPaused, until: 900),
    // What nobody has mended has no end, though its next try has a time that is over.
    Case(
      facts: Facts(pairFreeAt: 5_000), pauses: [pause(.sender, until: 90, needsAttention: true)],
      waiting: .senderPaused),
    Case(
      facts: Facts(), pauses: [pause(.sender, until: 900, code: "THROUGHPUT_REACHED")], waiting: .throughput, until: 900
    ),
    Case(facts: Facts(), pauses: [pause(.account, until: 900)], waiting: .accountPaused, until: 900),
    Case(facts: Facts(), pauses: [pause(.broadcasts, until: 900)], waiting: .throughput),
    Case(
      facts: Facts(isBroadcast: true), pauses: [pause(.broadcasts, until: 900)], waiting: .broadcastsPaused, until: 900),
    Case(facts: Facts(), pauses: [pause(.portfolio, until: 900)], waiting: .throughput),
    Case(facts: Facts(needsSlot: true), pauses: [pause(.portfolio, until: 900)], waiting: .messagingLimit, until: 900),
    Case(facts: Facts(pairFreeAt: 900), waiting: .pairRate, until: 900),
    Case(facts: Facts(isNext: false, pairFreeAt: 900), waiting: .conversation),
    Case(facts: Facts(dueAt: 900, wasTried: true), waiting: .retryAfter, until: 900),
    Case(facts: Facts(dueAt: 90, wasTried: true), waiting: .throughput),
    // The last of several to end holds it back.
    Case(
      facts: Facts(needsSlot: true, dueAt: 700, wasTried: true, pairFreeAt: 800),
      pauses: [pause(.sender, until: 600), pause(.portfolio, until: 750)], waiting: .pairRate, until: 800),
  ]

  @Test(arguments: cases) func `the last of what holds it back is the reason`(_ test: Case) {
    let found = WaitingReason.of(test.facts, isOnline: test.isOnline, pauses: test.pauses, at: 100)
    #expect(found == WaitingReason(waiting: test.waiting, until: test.until))
  }

  private func told(_ id: String, at now: Int64, _ connection: Connection) throws -> String {
    let message = try #require(try MessageRow.find(id: id, account: S.account, connection))
    let told = try MessageWaiting.told([message], at: now, connection)[0]
    return (told.waiting?.rawValue ?? "-") + (told.waitingUntil.map { " \($0.milliseconds)" } ?? "")
  }

  @Test func `it is read from the rows that hold messages back`() async throws {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      try S.sender("a", limit: "TIER_UNLIMITED", connection)
      try S.conversation("a", with: "c", window: .max, connection)
      let first = try S.queue(in: "a/c", at: 1_000, connection)
      let second = try S.queue(in: "a/c", at: 1_000, connection)
      #expect(try told(first, at: 1_000, connection) == "throughput")
      #expect(try told(second, at: 1_000, connection) == "conversation")
      let row = try #require(try S.take(at: 1_000, connection).rows.first)
      #expect(try told(first, at: 1_000, connection) == "-", "it is on its way")
      #expect(try told(second, at: 1_000, connection) == "conversation")
      // Meta wants a pause between messages to this customer, then it is out of order.
      let error = SendErrors.error(forMeta: 131_056)
      let (outcome, pause) = SendPolicy.refused(error, code: 131_056, retryAfter: nil, attempts: 1, at: 1_000)
      try row.finish(outcome, pause: pause, at: 1_000, connection)
      let until = try #require(pause?.until)
      #expect(try told(first, at: 1_000, connection) == "pair_rate \(until)")
      #expect(try told(second, at: 1_000, connection) == "conversation")
      let late = try #require(try S.take(at: until, connection).rows.first)
      let unavailable = SendErrors.error(forMeta: 131_016)
      // Longer than the pair has to wait by itself.
      try late.finish(.retry(dueAt: until + 64_000, unavailable), at: until, connection)
      #expect(try told(first, at: until, connection) == "retry_after \(until + 64_000)")
      // The account, then the number, then nobody.
      for (code, word) in [(4, "account_paused"), (131_042, "sender_paused")] {
        let pause = try #require(SendPolicy.pause(forMeta: code, SendErrors.error(forMeta: code), at: until + 300_000))
        try OutboundGates.close(
          pause, sender: "a", account: "w", conversation: "a/c", at: until + 300_000, connection)
        #expect(try told(second, at: until + 300_000, connection) == "\(word) \(pause.until)")
      }
      #expect(try told(first, at: until + 9_000_000, connection) == "sender_paused")
      try S.sender("a", status: "offline", connection)
      #expect(try told(first, at: until, connection) == "sender_offline")
    }
    store.close()
  }

  @Test func `who needs a place among the people of the day says so, an open window does not`() async throws {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      try S.sender("a", limit: "TIER_2", connection)
      var ids: [String] = []
      for contact in 0..<3 {
        try S.conversation("a", with: "c\(contact)", connection)
        ids.append(try S.queue("template", in: "a/c\(contact)", at: 1_000, connection))
      }
      try S.conversation("a", with: "open", window: .max, connection)
      #expect(try S.take(at: 1_000, connection).rows.count == 2)
      let answer = try S.queue(in: "a/open", at: 1_000, connection)
      let waiting = try ids.filter { try S.status($0, connection) == "queued" }
      #expect(try waiting.map { try told($0, at: 1_000, connection) } == ["messaging_limit \(1_000 + S.day)"])
      #expect(try told(answer, at: 1_000, connection) == "throughput")
    }
    store.close()
  }

  @Test func `a page looks its messages up and scans nothing`() async throws {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      let plan = try connection.all(
        "EXPLAIN QUERY PLAN " + MessageWaiting.factsSQL, "[]", map: { try $0.text(3) })
      #expect(plan.filter { $0.hasPrefix("SCAN") }.count == 1, "the page itself: \(plan)")
      #expect(plan.contains { $0.contains("SEARCH m USING INDEX") && $0.contains("(id=?)") }, "\(plan)")
    }
    store.close()
  }

  @Test func `a message and both lists tell it, and only while it waits`() async throws {
    let sender = TestSender()
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender)
      var call = MessagingRouterAPI.SendMessage(
        senderID: sender.id, to: PhoneNumber(trusted: "+4915112345678"), text: "later")
      let moment = Timestamp(milliseconds: harness.time.now + 3_600_000)
      call.sendAt = moment
      let later = try await router.caller.call(call, account: sender.account)
      let sent = try await router.send("now", from: sender)
      try await router.becomes(sent.id.text, "accepted")
      func shown() async throws -> [[Message]] {
        let get = MessagingRouterAPI.GetMessage(id: later.id)
        let list = MessagingRouterAPI.ListMessages(conversationID: later.conversationID)
        return [
          [try await router.caller.call(get, account: sender.account)],
          try await router.caller.call(list, account: sender.account).data,
          try await router.caller.call(
            MessagingRouterAPI.SearchMessages(senderID: sender.id), account: sender.account
          ).data,
        ]
      }
      for list in try await shown() {
        let found = try #require(list.first { $0.id == later.id })
        #expect(found.waiting == .scheduled && found.waitingUntil == moment)
        #expect(list.filter { $0.waiting != nil }.count == 1)
      }
      _ = try await router.caller.call(MessagingRouterAPI.CancelMessage(id: later.id), account: sender.account)
      for list in try await shown() { #expect(list.allSatisfy { $0.waiting == nil && $0.waitingUntil == nil }) }
    }
  }
}
