import Contracts
import Crypto
import HTTP
import ReceiptsHarness
import Store
import Telemetry
import TestSupport
import Testing
import Wire

@testable import Receipts

/// What went wrong elsewhere, by the names under which it was reported.
@Suite struct ReplayBugsTests {
  private let front = ReceiptsFixture.front()

  @Test func `sweep pops everything into memory: a backlog is moved in steps, whatever its size`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/").id
      try await fixture.pause(webhook)
      try await fixture.plant(ReplayStep.mostOpen * 2, webhook: webhook, state: .held)
      _ = try await fixture.replaying.resume(.init(webhookID: webhook), front)
      let gap = try await fixture.replaying.list(.init(webhookID: webhook), front).data.first
      #expect(gap?.isExact == false && gap?.matched == 10_000)
      var largest = 0
      while case .again(let queued) = try await fixture.step(gap?.id) { largest = max(largest, queued) }
      #expect(largest == ReplayStep.most)
      let waiting = try await fixture.number("SELECT count(*) FROM deliveries WHERE state = 'waiting'")
      #expect(waiting == ReplayStep.mostOpen)
    }
  }

  @Test func `missing events: what an endpoint never got is found and delivered, once each`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url).id
      try await fixture.record(1...20)
      try await fixture.settle()
      // Delivered, given up, and never queued at all.
      try await fixture.execute("UPDATE deliveries SET state = 'exhausted' WHERE position IN (5, 6)")
      try await fixture.execute("DELETE FROM deliveries WHERE position IN (11, 12)")
      let dry = try await fixture.replaying.start(.init(webhookID: webhook, dryRun: true), front)
      #expect(dry.matched == 4)
      _ = try await fixture.replaying.start(.init(webhookID: webhook), front)
      fixture.worker.start()
      fixture.replays.start()
      var ids: [String] = []
      for _ in 1...4 { ids.append(try await receiver.requests.next().headers["webhook-id"] ?? "") }
      #expect(Set(ids) == Set([5, 6, 11, 12].map { StatusEvent.sample($0).id.text }))
      try await eventually("nothing is missing") {
        try await fixture.replaying.start(.init(webhookID: webhook, dryRun: true), front).matched == 0
      }
      #expect(receiver.count == 4)
    }
    await receiver.stop()
  }

  @Test func `a resent event carries the signature of its own bytes, with a time of its own`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let secret = try #require(try await fixture.addWebhook(receiver.url).secret)
      try await fixture.record(.sample(1))
      fixture.worker.start()
      let first = try await receiver.requests.next()
      let done = try await fixture.delivery("it is delivered") { $0.state == .delivered }
      fixture.clock.advance(by: .seconds(3_600))
      _ = try await fixture.replaying.deliver(.init(deliveryID: done.id), front)
      fixture.worker.wake()
      let again = try await receiver.requests.next()
      #expect(again.body == first.body && again.headers["X-Signature-256"] == first.headers["X-Signature-256"])
      #expect(again.headers["webhook-timestamp"] != first.headers["webhook-timestamp"])
      let key = try #require(Base64.decode(String(secret.dropFirst(6))))
      let id = try #require(again.headers["webhook-id"])
      let stamp = String(fixture.clock.now / 1_000)
      #expect(again.headers["webhook-timestamp"] == stamp)
      let signed = HMACSHA256.authenticate(Array("\(id).\(stamp).".utf8) + again.body, key: key)
      #expect(again.headers["webhook-signature"] == "v1," + Base64.encode(signed))
      let plain = HMACSHA256.authenticate(again.body, key: Array(secret.utf8))
      #expect(again.headers["X-Signature-256"] == "sha256=" + Hex.encode(plain))
    }
    await receiver.stop()
  }

  @Test func `memory grows: acked entries never trimmed: nothing of a delivered event stays once it is pruned`()
    async throws
  {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/").id
      try await fixture.record(1...300)
      try await fixture.settle()
      let call = ReceiptsAPI.StartReplay(webhookID: webhook, selection: .init(outcome: .any))
      let replay = try await fixture.replaying.start(call, front)
      try await fixture.feed(replay.id)
      try await fixture.settle()
      #expect(try await fixture.feed(replay.id) == .ended(.completed))
      let now = fixture.clock.now + PrunedLog.replaysKept + 1
      var isDone = false
      while !isDone {
        isDone = try await fixture.database.write { connection in
          try PrunedLog.deleteRemains(before: now - PrunedLog.replaysKept, limit: 100, connection)
          return try PrunedEvents.delete(before: now, now: now, limit: 100, connection).isDone
        }
      }
      for table in ["events", "deliveries", "attempts", "replays"] {
        #expect(try await fixture.number("SELECT count(*) FROM \(table)") == 0, "\(table)")
      }
      #expect(try await fixture.number("SELECT sum(deliveries) FROM queue_depth") == 0)
    }
  }

  @Test func `retry queue lost: killed at any moment of a replay every event arrives, under one id`() async throws {
    let receiver = try await WebhookReceiver()
    let (account, sender) = (ReceiptsFixture.account, ReceiptsFixture.sender)
    try await ReceiptsHarness.run(webhookPorts: [receiver.port]) { harness in
      harness.addSender(sender, account: account)
      try await harness.start()
      // From before there was a webhook.
      for start in stride(from: 1, through: 901, by: 150) {
        _ = try await harness.record((start..<(start + 150)).map { StatusEvent.sample($0) })
      }
      let webhook = try await harness.setWebhook(receiver.url, sender: sender, account: account)
      let replay = try await harness.call(ReceiptsAPI.StartReplay(webhookID: webhook.id), account: account)
      #expect(replay.matched == 1_050)
      var ids: Set<String> = []
      for kill in 1...5 {
        while ids.count < kill * 150 {
          ids.insert(try await receiver.requests.next(within: .seconds(20)).headers["webhook-id"] ?? "")
        }
        try await harness.kill()
        try await harness.start()
      }
      while ids.count < 1_050 {
        ids.insert(try await receiver.requests.next(within: .seconds(20)).headers["webhook-id"] ?? "")
      }
      #expect(ids == Set((1...1_050).map { StatusEvent.sample($0).id.text }))
      let id = try #require(replay.id)
      try await eventually("the replay is over") {
        try await harness.call(ReceiptsAPI.GetReplay(replayID: id), account: account).state == .completed
      }
    }
    await receiver.stop()
  }

  @Test func `turned off without a way to get the gap back: killed in the middle of a resumption nothing is missing`()
    async throws
  {
    let receiver = try await WebhookReceiver()
    let (account, sender) = (ReceiptsFixture.account, ReceiptsFixture.sender)
    try await ReceiptsHarness.run(webhookPorts: [receiver.port]) { harness in
      harness.addSender(sender, account: account)
      try await harness.start()
      let webhook = try await harness.setWebhook(receiver.url, sender: sender, account: account)
      // Paused as a worker does it: the store is closed meanwhile.
      try await harness.kill()
      try await edit(harness, "UPDATE webhooks SET state = 'paused', pause_reason = 'gone', paused_at = 1")
      try await harness.start()
      for start in stride(from: 1, through: 601, by: 200) {
        _ = try await harness.record((start..<(start + 200)).map { StatusEvent.sample($0) })
      }
      _ = try await harness.call(ReceiptsAPI.ResumeWebhook(webhookID: webhook.id), account: account)
      var ids: Set<String> = []
      for kill in 1...4 {
        while ids.count < kill * 150 {
          ids.insert(try await receiver.requests.next(within: .seconds(20)).headers["webhook-id"] ?? "")
        }
        try await harness.kill()
        try await harness.start()
      }
      while ids.count < 800 {
        ids.insert(try await receiver.requests.next(within: .seconds(20)).headers["webhook-id"] ?? "")
      }
      #expect(ids == Set((1...800).map { StatusEvent.sample($0).id.text }))
    }
    await receiver.stop()
  }

  /// Changes the store of a program that does not run.
  private func edit(_ harness: ReceiptsHarness, _ sql: String) async throws {
    let database = try Database(
      path: harness.files.dataDirectory(.receipts) + "/receipts.sqlite", migrations: Schema.migrations)
    try await database.write { try $0.execute(sql) }
    database.close()
  }
}
