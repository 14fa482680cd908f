import Contracts
import HTTP
import JSON
import ReceiptsHarness
import Store
import Telemetry
import TestSupport
import Testing
import Wire

@testable import Receipts

@Suite struct ReplayTests {
  private let front = ReceiptsFixture.front()

  /// A webhook and so many events, all delivered.
  private func delivered(_ count: Int, _ body: (ReceiptsFixture, WebhookID) async throws -> Void) async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/").id
      if count > 0 { try await fixture.record(1...count) }
      try await fixture.settle()
      try await body(fixture, webhook)
    }
  }

  @Test func `one delivery goes out once more, under the same id and with the same body`() async throws {
    let receiver = try await WebhookReceiver { _, _ in .text("thanks, +491701234567") }
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(receiver.url)
      try await fixture.record(.sample(1))
      fixture.worker.start()
      let first = try await receiver.requests.next()
      let done = try await fixture.delivery("it is delivered") { $0.state == .delivered }
      let again = try await fixture.replaying.deliver(.init(deliveryID: done.id), front)
      #expect(again.id == done.id && again.isReplay && again.state == .waiting)
      // What an endpoint said is shown where an erasure reaches it, and not in an answer that is kept.
      #expect(done.attempts.first?.response == "thanks, +491701234567")
      #expect(again.attempts.count == 1 && again.attempts.first?.response == nil)
      let second = try await receiver.requests.next()
      #expect(first.headers["webhook-id"] == second.headers["webhook-id"] && first.body == second.body)
      let over = try await fixture.delivery("it is delivered again") { $0.state == .delivered }
      #expect(over.attempts.count == 2)
    }
    await receiver.stop()
  }

  @Test func `one that waits for its next attempt is due at once and stays in its lane`() async throws {
    try await delivered(1) { fixture, _ in
      try await fixture.execute("UPDATE deliveries SET state = 'waiting', due_at = due_at + 3600000")
      let id = try #require(try await fixture.deliveries().first?.id)
      let waiting = try await fixture.replaying.deliver(.init(deliveryID: id), front)
      #expect(waiting.nextAttemptAt?.milliseconds == fixture.clock.now && !waiting.isReplay)
    }
  }

  @Test func `one is refused while its webhook is paused, of an erased person, and to a stranger`() async throws {
    try await delivered(2) { fixture, webhook in
      let ids = try await fixture.deliveries().map(\.id)
      let replaying = fixture.replaying
      let stranger = ReceiptsFixture.front(ReceiptsFixture.otherAccount)
      #expect(
        await fixture.refusal { try await replaying.deliver(.init(deliveryID: ids[0]), stranger) }?.reason
          == "DELIVERY_NOT_FOUND")
      try await fixture.execute("UPDATE events SET body = ? WHERE position = 2", Array(#"{"erased":true}"#.utf8))
      #expect(
        await fixture.refusal { try await replaying.deliver(.init(deliveryID: ids[0]), front) }?.reason
          == "EVENT_ERASED")
      try await fixture.pause(webhook)
      #expect(
        await fixture.refusal { try await replaying.deliver(.init(deliveryID: ids[1]), front) }?.reason
          == "WEBHOOK_PAUSED")
    }
  }

  @Test func `a dry run counts and queues nothing`() async throws {
    try await delivered(40) { fixture, webhook in
      let all = try await fixture.replaying.start(
        .init(webhookID: webhook, selection: .init(outcome: .any), dryRun: true), front)
      #expect(all.matched == 40 && all.isExact && all.state == .dryRun && all.id == nil && all.queued == 0)
      #expect(try await fixture.number("SELECT count(*) FROM replays") == 0)
      try await fixture.execute("UPDATE deliveries SET state = 'exhausted' WHERE position IN (3, 4)")
      let rest = try await fixture.replaying.start(.init(webhookID: webhook, dryRun: true), front)
      #expect(rest.matched == 2)
    }
  }

  @Test func `a count that takes long ends and says that it is not exact`() async throws {
    try await delivered(0) { fixture, webhook in
      try await fixture.plant(ReplayWalk.mostCounted + 2_000, webhook: webhook, withDeliveries: false)
      let began = ContinuousClock.now
      let run = try await fixture.replaying.start(.init(webhookID: webhook, dryRun: true), front)
      #expect(!run.isExact && run.matched > 0 && run.matched < ReplayWalk.mostCounted + 2_000)
      #expect(ContinuousClock.now - began < .seconds(5))
    }
  }

  @Test func `what was not delivered goes out once more, oldest first, and the replay ends`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url).id
      try await fixture.record(1...30)
      try await fixture.settle()
      try await fixture.execute("UPDATE deliveries SET state = 'exhausted' WHERE position % 3 = 0")
      let replay = try await fixture.replaying.start(.init(webhookID: webhook), front)
      #expect(replay.matched == 10 && replay.isExact && replay.state == .running && replay.kind == .replay)
      fixture.worker.start()
      fixture.replays.start()
      var ids: [String] = []
      for _ in 1...10 { ids.append(try await receiver.requests.next().headers["webhook-id"] ?? "") }
      #expect(Set(ids) == Set((1...10).map { StatusEvent.sample($0 * 3).id.text }))
      try await eventually("the replay is over") {
        try await fixture.replaying.list(.init(webhookID: webhook), front).data.first?.state == .completed
      }
      let id = try #require(replay.id)
      let over = try await fixture.replaying.get(.init(replayID: id), front)
      #expect(over.queued == 10 && over.endedAt != nil)
      #expect(receiver.count == 10)
      #expect(fixture.metrics.render().contains("wss_receipts_replays_total{outcome=\"completed\"} 1\n"))
    }
    await receiver.stop()
  }

  @Test func `events from before the webhook are among them, and what it does not want is not`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addSender()
      try await fixture.addSender(ReceiptsFixture.secondSender)
      try await fixture.record(1...5)
      try await fixture.record(6...8, sender: ReceiptsFixture.secondSender)
      try await fixture.hand([.sample(9, .messageReceived)])
      let webhook = try await fixture.webhooks.set(
        .init(senderID: ReceiptsFixture.sender, url: "https://hooks.example.com/"), front
      ).id
      let replay = try await fixture.replaying.start(
        .init(webhookID: webhook, selection: .init(eventTypes: [.messageStatus, .messageReceived])), front)
      #expect(replay.matched == 5)
      #expect(try await fixture.feed(replay.id) == .later)
      #expect(try await fixture.deliveries().map(\.isReplay) == Array(repeating: true, count: 5))
    }
  }

  @Test func `a selection narrows by time, sender and conversation`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/").id
      var times: [Int64] = []
      for number in 1...10 {
        times.append(fixture.clock.now)
        try await fixture.record(.sample(number))
        fixture.clock.advance(by: .seconds(60))
      }
      try await fixture.settle(.exhausted)
      func matched(_ selection: ReplaySelection) async throws -> Int {
        try await fixture.replaying.start(
          .init(webhookID: webhook, selection: selection, dryRun: true), front
        ).matched
      }
      let at = times.map { Timestamp(milliseconds: $0) }
      #expect(try await matched(.init(from: at[3])) == 7)
      #expect(try await matched(.init(until: at[3])) == 3)
      #expect(try await matched(.init(from: at[3], until: at[5])) == 2)
      #expect(try await matched(.init(from: Timestamp(milliseconds: times[9] + 1))) == 0)
      #expect(try await matched(.init(until: at[0])) == 0)
      #expect(try await matched(.init(senderID: ReceiptsFixture.sender)) == 10)
      #expect(try await matched(.init(senderID: ReceiptsFixture.secondSender)) == 0)
      #expect(
        try await matched(.init(conversationID: ConversationID(trusted: "cnv_00000000000000000000000001"))) == 10)
      #expect(
        try await matched(.init(conversationID: ConversationID(trusted: "cnv_00000000000000000000000002"))) == 0)
      // A clock that was an hour ahead for a while, in the middle and at the end.
      try await fixture.execute("UPDATE events SET received_at = received_at + 3600000 WHERE position IN (2, 3, 10)")
      #expect(try await matched(.init(from: at[6])) == 6)
      #expect(try await matched(.init(until: at[6])) == 4)
    }
  }

  @Test func `since the last success is a time that stays where it was`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/").id
      for number in 1...6 {
        try await fixture.record(.sample(number))
        fixture.clock.advance(by: .seconds(60))
      }
      try await fixture.settle(.exhausted)
      let success = try await fixture.number("SELECT received_at FROM events WHERE position = 4")
      try await fixture.execute("UPDATE webhooks SET last_success_at = ? WHERE id = ?", success + 11_000, webhook.text)
      let replay = try await fixture.replaying.start(
        .init(webhookID: webhook, selection: .init(sinceLastSuccess: true)), front)
      #expect(replay.matched == 2 && replay.selection.from?.milliseconds == Int64(success + 1_000))
    }
  }

  @Test func `a second replay is refused while one runs`() async throws {
    try await delivered(3) { fixture, webhook in
      let call = ReceiptsAPI.StartReplay(webhookID: webhook, selection: .init(outcome: .any))
      let first = try await fixture.replaying.start(call, front)
      let failure = await fixture.refusal { try await fixture.replaying.start(call, front) }
      #expect(failure?.reason == "REPLAY_RUNNING" && failure?.details?["replay_id"]?.string == first.id?.text)
      try await fixture.feed(first.id)
      try await fixture.settle()
      #expect(try await fixture.feed(first.id) == .ended(.completed))
      _ = try await fixture.replaying.start(call, front)
    }
  }

  @Test func `one that is called off puts back what nobody has attempted`() async throws {
    try await delivered(6) { fixture, webhook in
      try await fixture.execute("UPDATE deliveries SET state = 'exhausted' WHERE position = 2")
      try await fixture.execute("DELETE FROM deliveries WHERE position = 3")
      let call = ReceiptsAPI.StartReplay(webhookID: webhook, selection: .init(outcome: .any))
      let id = try #require(try await fixture.replaying.start(call, front).id)
      try await fixture.feed(id)
      // One was attempted and failed, one is in hand.
      try await fixture.execute("UPDATE deliveries SET attempts = 1 WHERE position = 5")
      try await fixture.execute("UPDATE deliveries SET taken_at = 1 WHERE position = 6")
      let cancelled = try await fixture.replaying.cancel(.init(replayID: id), front)
      #expect(cancelled.state == .cancelled)
      #expect(try await fixture.feed(id) == .ended(.cancelled))
      let states = try await fixture.database.read {
        try $0.all("SELECT state FROM deliveries ORDER BY position") { try $0.text(0) }
      }
      #expect(states == ["delivered", "exhausted", "delivered", "waiting", "waiting"])
      // One that is over changes nothing.
      #expect(try await fixture.replaying.cancel(.init(replayID: id), front).endedAt != nil)
    }
  }

  @Test func `what waits already is left alone, and nothing of an erased person leaves again`() async throws {
    try await delivered(4) { fixture, webhook in
      try await fixture.execute("UPDATE deliveries SET state = 'waiting', due_at = 77 WHERE position = 1")
      try await fixture.execute("UPDATE events SET body = ? WHERE position = 2", Array(#"{"erased":true}"#.utf8))
      try await fixture.execute("UPDATE events SET conversation_id = 'cnv_gone' WHERE position = 3")
      // The order is accepted, and its steps have not come that far.
      try await fixture.execute("INSERT INTO erased_conversations VALUES ('cnv_gone', 'acc', 'evt_order', 0)")
      let call = ReceiptsAPI.StartReplay(webhookID: webhook, selection: .init(outcome: .any))
      let replay = try await fixture.replaying.start(call, front)
      #expect(replay.matched == 1)
      try await fixture.feed(replay.id)
      #expect(
        try await fixture.number("SELECT due_at FROM deliveries WHERE position = 1 AND is_replay = 0") == 77)
      #expect(try await fixture.number("SELECT count(*) FROM deliveries WHERE is_replay = 1") == 1)
    }
  }

  @Test func `it waits while its webhook is paused and ends when that is deleted`() async throws {
    try await delivered(3) { fixture, webhook in
      let call = ReceiptsAPI.StartReplay(webhookID: webhook, selection: .init(outcome: .any))
      let replay = try await fixture.replaying.start(call, front)
      try await fixture.pause(webhook)
      #expect(try await fixture.step(replay.id) == .later)
      #expect(try await fixture.number("SELECT count(*) FROM deliveries WHERE is_replay = 1") == 0)
      try await fixture.execute("UPDATE webhooks SET deleted_at = 1")
      #expect(try await fixture.step(replay.id) == .ended(.cancelled))
    }
  }

  @Test func `no more than so many wait at a time, the rest is fed as they drain`() async throws {
    try await delivered(0) { fixture, webhook in
      let count = ReplayStep.mostOpen + 500
      try await fixture.plant(count, webhook: webhook, state: .exhausted)
      let replay = try await fixture.replaying.start(.init(webhookID: webhook), front)
      #expect(try await fixture.feed(replay.id) == .later)
      let waiting = "SELECT count(*) FROM deliveries WHERE state = 'waiting'"
      #expect(try await fixture.number(waiting) == ReplayStep.mostOpen)
      try await fixture.settle()
      #expect(try await fixture.feed(replay.id) == .later)
      #expect(try await fixture.number(waiting) == 500)
      try await fixture.settle()
      #expect(try await fixture.feed(replay.id) == .ended(.completed))
      #expect(try await fixture.number("SELECT queued FROM replays") == count)
    }
  }

  @Test func `a rare sender in a long stream is looked for in steps`() async throws {
    try await delivered(0) { fixture, webhook in
      try await fixture.plant(ReplayWalk.looked * 2 + 100, webhook: webhook)
      let call = ReceiptsAPI.StartReplay(
        webhookID: webhook,
        selection: .init(conversationID: ConversationID(trusted: "cnv_00000000000000000000000007"), outcome: .any))
      let replay = try await fixture.replaying.start(call, front)
      var steps = 0
      while try await fixture.step(replay.id) != .later { steps += 1 }
      #expect(steps == 3)
      #expect(try await fixture.number("SELECT queued FROM replays") == 101)
    }
  }

  @Test func `killed between any two steps it goes on where it was, and queues nothing twice`() async throws {
    let count = ReplayStep.most * 3
    var fixture = try ReceiptsFixture()
    let webhook = try await fixture.addWebhook("https://hooks.example.com/").id
    try await fixture.plant(count, webhook: webhook)
    let replay = try await fixture.replaying.start(
      .init(webhookID: webhook, selection: .init(outcome: .any)), front)
    for _ in 1...3 {
      #expect(try await fixture.step(replay.id) == .again(queued: ReplayStep.most))
      // What was delivered meanwhile is not queued again.
      try await fixture.settle()
      await fixture.close()
      fixture = try ReceiptsFixture(clock: fixture.clock, after: fixture)
    }
    #expect(try await fixture.feed(replay.id) == .ended(.completed))
    let id = try #require(replay.id)
    #expect(try await fixture.replaying.get(.init(replayID: id), front).queued == count)
    #expect(try await fixture.number("SELECT count(*) FROM deliveries WHERE is_replay = 1") == count)
    await fixture.close()
  }

  @Test func `a selection that selects nothing is refused with what to do`() async throws {
    try await delivered(1) { fixture, webhook in
      for (selection, reason) in [
        (ReplaySelection(eventTypes: []), "EVENT_TYPES_INVALID"),
        (ReplaySelection(from: Timestamp(milliseconds: 2), until: Timestamp(milliseconds: 1)), "RANGE_EMPTY"),
      ] {
        let failure = await fixture.refusal {
          try await fixture.replaying.start(.init(webhookID: webhook, selection: selection), front)
        }
        #expect(failure?.reason == reason && failure?.field?.hasPrefix("selection.") == true)
      }
    }
  }

  @Test func `another account starts, sees and stops none`() async throws {
    try await delivered(1) { fixture, webhook in
      let stranger = ReceiptsFixture.front(ReceiptsFixture.otherAccount)
      let call = ReceiptsAPI.StartReplay(webhookID: webhook, selection: .init(outcome: .any))
      let id = try #require(try await fixture.replaying.start(call, front).id)
      let replaying = fixture.replaying
      let reasons = [
        await fixture.refusal { try await replaying.start(call, stranger) }?.reason,
        await fixture.refusal { try await replaying.list(.init(webhookID: webhook), stranger) }?.reason,
        await fixture.refusal { try await replaying.resume(.init(webhookID: webhook), stranger) }?.reason,
        await fixture.refusal { try await replaying.get(.init(replayID: id), stranger) }?.reason,
        await fixture.refusal { try await replaying.cancel(.init(replayID: id), stranger) }?.reason,
      ]
      #expect(
        reasons == [
          "WEBHOOK_NOT_FOUND", "WEBHOOK_NOT_FOUND", "WEBHOOK_NOT_FOUND", "REPLAY_NOT_FOUND", "REPLAY_NOT_FOUND",
        ])
    }
  }

  /// Every POST of replays, for the promise of `Idempotency-Key`.
  static func stories(delivery: DeliveryID, webhook: WebhookID, replay: ReplayID) -> [IdempotencyCheck.Story] {
    let other = DeliveryID(trusted: "dlv_00000000000000000000000009")
    let start = ReceiptsAPI.StartReplay(webhookID: webhook, selection: .init(outcome: .any))
    return [
      .init(ReceiptsAPI.ReplayDelivery(deliveryID: delivery), other: ReceiptsAPI.ReplayDelivery(deliveryID: other)),
      .init(
        ReceiptsAPI.CancelReplay(replayID: replay), other: ReceiptsAPI.CancelReplay(replayID: .init(trusted: "rpl_9"))),
      .init(start, other: ReceiptsAPI.StartReplay(webhookID: webhook)),
      .init(
        ReceiptsAPI.ResumeWebhook(webhookID: webhook),
        other: ReceiptsAPI.ResumeWebhook(webhookID: webhook, skipMissed: true)),
    ]
  }

  @Test func `every POST gives the same answer to the same key and has one effect`() async throws {
    try await delivered(2) { fixture, webhook in
      let delivery = try #require(try await fixture.deliveries().first?.id)
      let call = ReceiptsAPI.StartReplay(webhookID: webhook, selection: .init(outcome: .any))
      let replay = try #require(try await fixture.replaying.start(call, front).id)
      var router = Router()
      router.on(fixture.replaying.deliver)
      router.on(fixture.replaying.cancel)
      router.on(fixture.replaying.start)
      router.on(fixture.replaying.resume)
      let routes = router
      @Sendable func answer<C: Call>(_ call: C, _ key: String) async throws -> [UInt8] {
        var context = ReceiptsFixture.front()
        context.key = key
        return try JSONCoder.encode(try await routes.callLocally(call, context))
      }
      let check = IdempotencyCheck(fixture.database) { try await answer($0, $1) }
      let stories = Self.stories(delivery: delivery, webhook: webhook, replay: replay)
      for story in stories { #expect(try await check.problems(with: story) == []) }
      #expect(IdempotencyCheck.uncovered(ReceiptsAPI.replayCalls, by: stories) == [])
      #expect(try await fixture.number("SELECT count(*) FROM replays") == 2)
    }
  }
}
