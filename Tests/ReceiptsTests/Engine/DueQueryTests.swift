import TestSupport
import Contracts
import Store
import Telemetry
import Testing

@testable import Receipts

/// The queries that run at every turn, on a long queue: they must step along indexes, whatever waits.
@Suite struct DueQueryTests {
  private static let webhooks = 500
  private static let deliveries = 100_000

  /// 500 webhooks with 200 deliveries each, most of them retries that are not due before 1,000,000.
  /// Webhooks whose number ends in 0 have a new event, those that end in 5 a retry that is due.
  private func filled(_ body: (ReceiptsFixture) async throws -> Void) async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.database.write { connection in
        try connection.execute(
          """
          WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT ?)
          INSERT INTO webhooks (id, account_id, kind, sender_id, url, secret, secret_fingerprint, created_at, updated_at)
          SELECT printf('whk_%05d', i), 'acc', 'receipts', printf('snd_%05d', i), 'https://x.example/', 'sealed', '', 0, 0
          FROM n
          """, Self.webhooks)
        try connection.execute(
          """
          WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT ?)
          INSERT INTO events (id, account_id, type, sender_id, message_id, status, sequence, body, occurred_at,
            received_at)
          SELECT printf('evt_%07d', i), 'acc', 'message.status', 'snd', 'msg', 'sent', 1, x'7b7d', 0, 0 FROM n
          """, Self.deliveries)
        try connection.execute(
          """
          INSERT INTO deliveries (id, event_id, position, webhook_id, account_id, sender_id, attempts, due_at, created_at)
          SELECT 'dlv' || substr(id, 4), id, position, printf('whk_%05d', i % 500), 'acc', 'snd',
            iif(i % 10 = 0 AND i < 500, 0, 1), iif(i % 5 = 0 AND i < 500, 100, 1000000 + i), 0
          FROM (SELECT id, position, CAST(substr(id, 5) AS INTEGER) AS i FROM events)
          """)
      }
      try await body(fixture)
    }
  }

  private func plan(_ sql: String, _ parameters: Int, _ connection: Connection) throws -> [String] {
    let values = Array(repeating: Int64(0), count: parameters)
    return try connection.all("EXPLAIN QUERY PLAN " + sql, values: values) { try $0.text(3) }
  }

  @Test func `no step of a turn walks a table or sorts`() async throws {
    try await filled { fixture in
      try await fixture.database.read { connection in
        var queries = [(QueueDepth.oldestSQL, 1), (Delivery.listSQL, 4)]
        for lane in DeliveryLane.allCases {
          queries += [(DueWebhooks.sql(lane), 2), (DeliveryRow.takeSQL(lane), 3), (DueWebhooks.firstSQL(lane), 1)]
        }
        queries += [(DeliveryRow.turnSQL, 2), (DeliveryRow.firstSQL(.behind), 2), (DeliveryRow.firstSQL(.held), 2)]
        for (sql, parameters) in queries {
          for step in try self.plan(sql, parameters, connection) {
            // What may be walked: the list of webhooks found, the rows of the inner LIMIT, and nothing.
            let isWalk = step.hasPrefix("SCAN") && !["SCAN waiting", "SCAN d", "SCAN CONSTANT ROW"].contains(step)
            // min() over an index is reported as a SEARCH even without a lower bound.
            #expect(!isWalk, "\(step) in \(sql)")
            #expect(!step.contains("TEMP B-TREE"), "\(step) in \(sql)")
          }
        }
        for lane in DeliveryLane.allCases {
          let steps = try self.plan(DueWebhooks.sql(lane), 2, connection).joined(separator: "\n")
          #expect(steps.contains("\(lane.index) (webhook_id>?)"))
          let take = try self.plan(DeliveryRow.takeSQL(lane), 3, connection).joined(separator: "\n")
          #expect(take.contains("\(lane.index) (webhook_id=? AND due_at<?)"))
        }
      }
    }
  }

  @Test func `webhooks with something waiting are found lane by lane, with when it falls due`() async throws {
    try await filled { fixture in
      let new = try await fixture.database.read { try DueWebhooks.find(.new, after: nil, $0) }
      #expect(new.found.count == 50 && new.last == nil)
      #expect(new.found.allSatisfy { $0.webhook.text.hasSuffix("0") && $0.dueAt == 0 && !$0.isProven })
      let retry = try await fixture.database.read { try DueWebhooks.find(.retry, after: nil, $0) }
      #expect(retry.found.count == 500)
      #expect(retry.found.count { $0.dueAt == 100 } == 50 && retry.found.count { $0.dueAt > 1_000_000 } == 450)
      #expect(try await fixture.database.read { try DueWebhooks.find(.replay, after: nil, $0) }.found.isEmpty)
    }
  }

  @Test func `a walk goes page by page and leaves paused webhooks out`() async throws {
    try await filled { fixture in
      try await fixture.database.write { try $0.execute("UPDATE webhooks SET state = 'paused' WHERE id < 'whk_00100'") }
      var last: WebhookID?
      var found: [WebhookID] = []
      var pages = 0
      repeat {
        let from = last
        let page = try await fixture.database.read { try DueWebhooks.find(.retry, after: from, limit: 7, $0) }
        #expect(page.found.count <= 7)
        found += page.found.map(\.webhook)
        last = page.last
        pages += 1
      } while last != nil
      #expect(found.count == 400 && Set(found).count == 400 && pages == 72)
    }
  }

  @Test func `what is taken is not found again until it is settled`() async throws {
    try await filled { fixture in
      let grant = DeliveryPlaces.Grant(
        webhook: WebhookID(trusted: "whk_00000"), shares: [.new: 10], replays: 0, additions: 0)
      let taken = try await fixture.database.write {
        try TakenDeliveries.take(grant, perWebhook: 4, at: 500, $0)
      }
      #expect(taken.rows.map(\.id.text) == ["dlv_0000000"] && taken.limits?.concurrency == 4)
      #expect(taken.left.new == LaneTimes.never && taken.left.retry > 1_000_000)
      let again = try await fixture.database.write { try TakenDeliveries.take(grant, perWebhook: 4, at: 500, $0) }
      #expect(again.rows.isEmpty)
    }
  }

  @Test func `what a lane cannot fill goes to the others, replays within their bounds`() async throws {
    try await filled { fixture in
      try await fixture.database.write {
        try $0.execute("UPDATE deliveries SET due_at = 1, is_replay = position % 2 WHERE webhook_id = 'whk_00010'")
        try $0.execute("UPDATE deliveries SET is_replay = 1 WHERE webhook_id = 'whk_00010' AND attempts = 1")
      }
      let grant = DeliveryPlaces.Grant(
        webhook: WebhookID(trusted: "whk_00010"), shares: [.new: 6, .retry: 1, .replay: 1], replays: 3, additions: 0)
      let taken = try await fixture.database.write { try TakenDeliveries.take(grant, perWebhook: 32, at: 500, $0) }
      #expect(taken.rows.count { $0.isReplay } == 3)
      #expect(taken.rows.count == (taken.rows.contains { !$0.isReplay } ? 4 : 3))
    }
  }

  @Test func `the queue's depth and age are in the metrics`() async throws {
    try await filled { fixture in
      fixture.clock.set(to: 30_100)
      try await fixture.watch.refresh()
      let text = fixture.metrics.render()
      #expect(text.contains("wss_receipts_queue_deliveries{lane=\"new\"} 50\n"))
      #expect(text.contains("wss_receipts_queue_deliveries{lane=\"retry\"} 99950\n"))
      #expect(text.contains("wss_receipts_oldest_due_seconds 30\n"))
    }
  }

  @Test func `the depth follows a delivery from new to retry to its end`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/")
      try await fixture.record(.sample(1))
      #expect(try await depth(fixture) == QueueDepth(new: 1, retry: 0, replay: 0, oldestDueAt: fixture.clock.now))
      try await finish(webhook.id, next: .again(dueAt: fixture.clock.now), fixture)
      #expect(try await depth(fixture) == QueueDepth(new: 0, retry: 1, replay: 0, oldestDueAt: fixture.clock.now))
      try await finish(webhook.id, next: .delivered, fixture)
      #expect(try await depth(fixture) == QueueDepth(new: 0, retry: 0, replay: 0, oldestDueAt: nil))
    }
  }

  private func depth(_ fixture: ReceiptsFixture) async throws -> QueueDepth {
    let now = fixture.clock.now
    return try await fixture.database.read { try QueueDepth.read(at: now, $0) }
  }

  private func finish(_ webhook: WebhookID, next: DeliveryNext, _ fixture: ReceiptsFixture) async throws {
    let now = fixture.clock.now
    try await fixture.database.write { connection in
      let grant = DeliveryPlaces.Grant(webhook: webhook, shares: [.new: 1], replays: 0, additions: 0)
      let rows = try TakenDeliveries.take(grant, perWebhook: 1, at: now, connection).rows
      let row = try #require(rows.first)
      let attempt = DeliveryAttempt(
        id: AttemptID(trusted: "att_\(row.attempts)"), at: Timestamp(milliseconds: now), durationMilliseconds: 1,
        dialledAddress: nil, httpStatus: 200, errorClass: nil, response: nil)
      let outcome = DeliveryOutcome(row: row, attempt: attempt, verdict: .taken, next: next, endedAt: now)
      _ = try SettledDeliveries.store([outcome], at: now, connection)
    }
  }
}
