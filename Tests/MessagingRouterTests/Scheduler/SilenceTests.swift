import Contracts
import HTTP
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport

@testable import MessagingRouter

/// Meta, or what is on the way to it, does not answer: what waits must not be spent on it.
@Suite struct SilenceTests {
  typealias S = SchedulerStore
  let sender = TestSender()

  @Test func `five in a row make a sender wait, each probe that fails twice as long, an answer ends it`() {
    var trouble = SenderTrouble()
    #expect((0..<4).allSatisfy { _ in trouble.failed("a", isProbe: false) == nil })
    trouble.answered("a")
    #expect((0..<4).allSatisfy { _ in trouble.failed("a", isProbe: false) == nil })
    #expect(trouble.failed("b", isProbe: false) == nil)
    #expect(trouble.failed("a", isProbe: false) == 5_000)
    // Those that were under way when the pause began say nothing new.
    #expect((0..<100).allSatisfy { _ in trouble.failed("a", isProbe: false) == nil })
    let pauses = (0..<6).map { _ in trouble.failed("a", isProbe: true) }
    #expect(pauses == [10_000, 20_000, 40_000, 60_000, 60_000, 60_000])
    trouble.answered("a")
    #expect(trouble.failed("a", isProbe: true) == 10_000)
  }

  @Test func `senders in trouble are not remembered without end`() {
    var trouble = SenderTrouble()
    for number in 0..<SenderTrouble.limit { _ = trouble.failed("s\(number)", isProbe: false) }
    for _ in 0..<3 { #expect(trouble.failed("s0", isProbe: false) == nil) }
    // One more than the limit, and all begin anew.
    #expect(trouble.failed("one more", isProbe: false) == nil)
    for _ in 0..<4 { #expect(trouble.failed("s0", isProbe: false) == nil) }
    #expect(trouble.failed("s0", isProbe: false) == 5_000)
  }

  private func counts(_ router: RunningRouter, _ status: String) async throws -> Int {
    Int(try await router.text("SELECT count(*) FROM messages WHERE status = '\(status)'").first ?? "") ?? -1
  }

  private func isStopped(_ router: RunningRouter) async throws -> Bool {
    try await router.caller.call(MessagingRouterAPI.GetLimits(senderID: sender.id), account: sender.account)
      .pauses.contains { $0.code == "META_UNREACHABLE" && $0.until.milliseconds > 0 }
  }

  @Test(arguments: ["<html>bad gateway</html>", #"{"error":"upstream timeout"}"#])
  func `what a gateway answers for Meta leaves a few unknown, not the queue, and then one message tries`(
    page: String
  ) async throws {
    try await MessagingRouterHarness.run(["SEND_CONCURRENCY": "1"], senders: [sender]) { harness, router in
      for customer in 0..<30 { try await router.open(sender, from: "49170000001\(customer + 10)") }
      harness.graph.answering { _ in .text(page, status: 502) }
      for customer in 0..<30 { _ = try await router.send("m", from: sender, to: "+49170000001\(customer + 10)") }
      try await eventually("the number waits") { try await isStopped(router) }
      try await eventually("nothing is under way") { try await counts(router, "sending") == 0 }
      #expect(try await counts(router, "unknown") == SenderTrouble.patience)
      #expect(harness.graph.requests == SenderTrouble.patience)
      // One message tries after the pause, and the next pause is longer.
      harness.time.advance(by: .seconds(6))
      router.service.clockWasSet()
      try await eventually("one more tried") { try await counts(router, "unknown") == SenderTrouble.patience + 1 }
      harness.graph.answering { MetaAnswers.accepted($0) }
      harness.time.advance(by: .seconds(6))
      router.service.clockWasSet()
      for _ in 0..<50 { await Task.yield() }
      #expect(try await counts(router, "queued") == 30 - SenderTrouble.patience - 1)
      harness.time.advance(by: .seconds(5))
      router.service.clockWasSet()
      try await eventually("the others are accepted") {
        try await counts(router, "accepted") == 30 - SenderTrouble.patience - 1
      }
      #expect(try await isStopped(router) == false)
    }
  }

  @Test func `a proxy that lets nothing through fails no message`() async throws {
    try await MessagingRouterHarness.run(["SEND_CONCURRENCY": "1"], senders: [sender]) { harness, router in
      for customer in 0..<10 { try await router.open(sender, from: "49170000001\(customer + 10)") }
      harness.graph.answering { _ in .text("proxy authentication required", status: 407) }
      for customer in 0..<10 { _ = try await router.send("m", from: sender, to: "+49170000001\(customer + 10)") }
      try await eventually("the number waits") { try await isStopped(router) }
      #expect(try await counts(router, "queued") == 10)
      harness.graph.answering { MetaAnswers.accepted($0) }
      for _ in 0..<3 {
        harness.time.advance(by: .seconds(300))
        router.service.clockWasSet()
        try await router.isQuiet()
      }
      try await eventually("all are accepted") { try await counts(router, "accepted") == 10 }
    }
  }

  @Test func `how long Meta wants to be left alone holds for the number, not for the one message`() async throws {
    try await MessagingRouterHarness.run(["SEND_CONCURRENCY": "1"], senders: [sender]) { harness, router in
      for customer in 0..<4 { try await router.open(sender, from: "49170000001\(customer + 10)") }
      harness.graph.answering { _ in MetaAnswers.error(2, status: 503, retryAfter: 300) }
      for customer in 0..<4 { _ = try await router.send("m", from: sender, to: "+49170000001\(customer + 10)") }
      try await eventually("the number waits") {
        try await counts(router, "queued") == 4 && harness.graph.requests == 1
      }
      harness.time.advance(by: .seconds(299))
      router.service.clockWasSet()
      for _ in 0..<50 { await Task.yield() }
      #expect(harness.graph.requests == 1)
      harness.graph.answering { MetaAnswers.accepted($0) }
      harness.time.advance(by: .seconds(2))
      router.service.clockWasSet()
      try await eventually("all are accepted") { try await counts(router, "accepted") == 4 }
    }
  }

  @Test func `being put off uses up none of a message's tries`() async throws {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      try S.sender("a", connection)
      try S.conversation("a", with: "1", window: .max / 2, connection)
      let id = try S.queue(in: "a/1", connection)
      var now: Int64 = 1_000
      func refuse(_ code: Int) throws {
        let rows = try S.take(1, at: now, connection).rows
        let row = try #require(rows.first)
        var error = SendErrors.error(forMeta: code)
        error.metaCode = code
        let (outcome, _) = SendPolicy.refused(
          error, code: code, retryAfter: nil, attempts: row.refusals + 1, at: now)
        try row.finish(outcome, at: now, connection)
        now += 600_000
      }
      for _ in 0..<9 { try refuse(130_429) }
      for _ in 1..<SendPolicy.attempts { try refuse(131_000) }
      #expect(try S.status(id, connection) == "queued")
      try refuse(131_000)
      #expect(try S.status(id, connection) == "failed")
    }
    store.close()
  }

  @Test func `a death while its file was given to Meta leaves a message queued`() async throws {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      try S.sender("a", connection)
      let image = #"{"image":{"media_id":"med_01KDXH0000AAAAAAAAAAAAAAAA"}}"#
      for contact in ["1", "2", "3"] {
        try S.conversation("a", with: contact, window: .max / 2, connection)
        let id = try S.queue(contact == "3" ? "text" : "image", in: "a/" + contact, connection)
        if contact != "3" {
          try connection.execute("UPDATE messages SET content = ? WHERE id = ?", Array(image.utf8), id)
        }
      }
      let rows = try S.take(at: 1_000, connection).rows
      #expect(rows.map { !$0.body.mediaIDs.isEmpty } == [true, true, false])
      // The second one's file is there, and it may have left.
      try rows[1].leave(connection)
      #expect(try UnknownMessages.markInterrupted(at: 2_000, connection) == 2)
      #expect(try rows.map { try S.status($0.id, connection) } == ["queued", "unknown", "unknown"])
      #expect(try S.take(at: 3_000, connection).rows.map(\.id) == [rows[0].id])
    }
    store.close()
  }

  @Test func `a clock that was ahead does not silence a conversation once it is right`() async throws {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      let ahead: Int64 = 100 * S.day
      try S.sender("a", connection)
      try S.conversation("a", with: "1", window: .max / 2, connection)
      for _ in 0..<46 {
        try S.queue(in: "a/1", at: ahead, connection)
        for row in try S.take(at: ahead, lifetime: .max / 2, connection).rows {
          try row.finish(.accepted(S.accepted(row.id)), at: ahead, connection)
        }
      }
      try connection.execute("DELETE FROM messages WHERE status = 'queued'")
      let now = 10 * S.day
      let id = try S.queue(in: "a/1", at: now, connection)
      let due = try S.nextDue(connection)
      let next = try #require(due)
      #expect(next <= now + PairRate.longestWait)
      #expect(try S.take(at: next, connection).rows.map(\.id) == [id])
    }
    store.close()
  }

  @Test func `the limit of a number that nobody reads any more holds back nobody else`() async throws {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      try S.sender("a", limit: "TIER_100K", connection)
      try S.sender("b", limit: "TIER_250", status: "offline", connection)
      #expect(try PortfolioSlots.limit(of: "a", connection).limit.count == 100_000)
      #expect(try PortfolioSlots.limit(of: "b", connection).limit.count == 100_000)
      try S.sender("a", limit: "TIER_100K", status: "offline", connection)
      #expect(try PortfolioSlots.limit(of: "a", connection).limit.count == 250)
    }
    store.close()
  }
}
