import Contracts
import HTTP
import ReceiptsHarness
import Store
import TestSupport
import Testing
import Wire

@testable import Receipts

/// A deleted webhook is gone at once; what waited for it is called off in small steps.
@Suite struct WebhookDeletionTests {
  private func states(_ fixture: ReceiptsFixture) async throws -> [String: Int] {
    try await fixture.database.read { connection in
      let rows = try connection.all("SELECT state, count(*) FROM deliveries GROUP BY state") {
        (try $0.text(0), try $0.int(1))
      }
      return Dictionary(uniqueKeysWithValues: rows)
    }
  }

  private func isSwept(_ fixture: ReceiptsFixture) async throws -> Bool {
    try await fixture.database.read {
      try $0.first("SELECT count(*) FROM webhooks WHERE deleted_at IS NOT NULL AND is_swept = 0") { try $0.int(0) } == 0
    }
  }

  @Test func `it is gone for reads, lists and events, and its secrets and headers leave the row`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/")
      let front = ReceiptsFixture.front()
      _ = try await fixture.webhooks.update(
        .init(webhookID: webhook.id, headers: [WebhookHeader(name: "X-Key", value: "one")]), front)
      _ = try await fixture.webhooks.rotate(.init(webhookID: webhook.id), front)
      _ = try await fixture.webhooks.delete(.init(webhookID: webhook.id), front)
      #expect(await failure { try await fixture.webhooks.read(.init(webhookID: webhook.id), front) }?.code == .notFound)
      #expect(
        await failure { try await fixture.webhooks.delete(.init(webhookID: webhook.id), front) }?.code == .notFound)
      #expect(try await fixture.webhooks.list(.init(), front).data.isEmpty)
      try await fixture.record(.sample(1))
      #expect(try await fixture.deliveries().isEmpty)
      let left = try await fixture.database.read {
        try $0.first(
          """
          SELECT secret IS NULL AND previous_secret IS NULL AND previous_fingerprint IS NULL AND headers IS NULL
            AND url IS NULL
          FROM webhooks
          """
        ) { try $0.bool(0) }
      }
      #expect(left == true)
      // The sender may have another one, with a secret of its own.
      let next = try await fixture.webhooks.set(
        .init(senderID: ReceiptsFixture.sender, url: "https://hooks.example.com/"), front)
      #expect(next.secret != nil && next.id != webhook.id && next.secretFingerprint != webhook.secretFingerprint)
    }
  }

  @Test func `deliveries that wait, are held, behind or retried are cancelled in steps, others stay`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/")
      let other = try await fixture.addWebhook(
        "https://hooks.example.com/", sender: ReceiptsFixture.secondSender, account: ReceiptsFixture.otherAccount)
      let total = 3 * WebhookUpkeep.step + 7
      for start in stride(from: 0, to: total, by: 200) {
        let batch = (start..<min(start + 200, total)).map { HandedEvent(status: StatusEvent.sample($0 + 1)) }
        try await fixture.hand(batch)
      }
      try await fixture.record(
        .sample(9_999, sender: ReceiptsFixture.secondSender, account: ReceiptsFixture.otherAccount))
      // Of every kind that can be open, and some that are over.
      try await fixture.database.write { connection in
        for (state, extra, from, to) in [
          ("held", "", 1, 400), ("behind", ", order_key = 'k'", 400, 700), ("waiting", ", attempts = 2", 700, 900),
          ("waiting", ", is_replay = 1", 900, 1_000), ("waiting", ", taken_at = 5", 1_000, 1_003),
          ("delivered", "", 1_100, 1_110), ("exhausted", "", 1_110, 1_120),
        ] {
          try connection.execute(
            "UPDATE deliveries SET state = ?\(extra) WHERE webhook_id = ? AND position >= ? AND position < ?", state,
            webhook.id.text, from, to)
        }
      }
      let writes = try await fixture.database.read { try $0.first("SELECT count(*) FROM deliveries") { try $0.int(0) } }
      #expect(writes == total + 1)
      _ = try await fixture.webhooks.delete(.init(webhookID: webhook.id), ReceiptsFixture.front())
      #expect(try await isSwept(fixture) == false)
      fixture.upkeep.start()
      try await eventually("everything is called off") { try await isSwept(fixture) }
      #expect(try await states(fixture) == ["cancelled": total - 20, "delivered": 10, "exhausted": 10, "waiting": 1])
      let depth = try await fixture.database.read { try QueueDepth.read(at: fixture.clock.now, $0) }
      #expect(depth.new == 1 && depth.retry == 0 && depth.replay == 0)
      #expect(
        try await fixture.webhooks.read(
          .init(webhookID: other.id), ReceiptsFixture.front(ReceiptsFixture.otherAccount)
        ).state == .active)
    }
  }

  @Test func `a step touches no more than it may, and by the index of each state`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/")
      for number in 1...20 { try await fixture.record(.sample(number)) }
      _ = try await fixture.webhooks.delete(.init(webhookID: webhook.id), ReceiptsFixture.front())
      let first = try await fixture.database.write { try DeletedWebhook.sweep(limit: 7, $0) }
      #expect(!first)
      #expect(try await states(fixture) == ["cancelled": 7, "waiting": 13])
      for sql in DeletedWebhook.openSQL {
        let plan = try await fixture.database.read {
          try $0.all("EXPLAIN QUERY PLAN " + sql, webhook.id.text) { try $0.text(3) }
        }
        #expect(plan.allSatisfy { $0.contains("SEARCH") && $0.contains("INDEX deliveries_") }, "\(plan)")
      }
    }
  }

  @Test func `an attempt that is under way when its webhook goes is logged and not made again`() async throws {
    let (begun, answered) = (AsyncBox<Void>(), AsyncBox<Void>())
    let receiver = try await WebhookReceiver { _, _ in
      begun.put(())
      _ = try? await answered.next()
      return .text("no", status: 500)
    }
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      fixture.upkeep.start()
      fixture.worker.start()
      try await fixture.record(.sample(1))
      _ = try await begun.next("the attempt")
      _ = try await fixture.webhooks.delete(.init(webhookID: webhook.id), ReceiptsFixture.front())
      try await eventually("it is called off") { try await isSwept(fixture) }
      answered.put(())
      let over = try await fixture.delivery("the attempt is logged") { !$0.attempts.isEmpty }
      #expect(over.state == .cancelled && over.attempts.map(\.httpStatus) == [500])
      fixture.advance(by: .seconds(86_400))
      #expect(try await states(fixture) == ["cancelled": 1] && receiver.count == 1)
    }
    await receiver.stop()
  }
}
