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
        var queries = [(DueWebhooks.nextSQL, 1), (QueueDepth.oldestSQL, 1), (Delivery.listSQL, 4)]
        for lane in DeliveryLane.allCases { queries += [(DueWebhooks.sql(lane), 2), (DeliveryRow.takeSQL(lane), 3)] }
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
          #expect(steps.contains("\(lane.index) (webhook_id=? AND due_at<?)"))
        }
      }
    }
  }

  @Test func `webhooks with something due are found, new events first`() async throws {
    try await filled { fixture in
      let due = try await fixture.database.read { try DueWebhooks.find(at: 500, $0) }
      #expect(due.queues.count { $0.lane == .new } == 50)
      #expect(due.queues.count { $0.lane == .retry } == 50)
      #expect(due.queues.prefix(50).allSatisfy { $0.lane == .new && $0.webhook.text.hasSuffix("0") })
      #expect(due.queues.suffix(50).allSatisfy { $0.lane == .retry && $0.webhook.text.hasSuffix("5") })
      #expect(due.nextDueAt == 1_000_001)
      let none = try await fixture.database.read { try DueWebhooks.find(at: 50, $0) }
      #expect(none.queues.isEmpty && none.nextDueAt == 100)
    }
  }

  @Test func `a turn finds no more webhooks than it may`() async throws {
    try await filled { fixture in
      let due = try await fixture.database.read { try DueWebhooks.find(at: 2_000_000, limit: 7, $0) }
      #expect(due.queues.count == 14)
    }
  }

  @Test func `what is taken is not found again until it is finished`() async throws {
    try await filled { fixture in
      let queue = DueWebhooks.Queue(webhook: WebhookID(trusted: "whk_00000"), lane: .new)
      let taken = try await fixture.database.write { try DeliveryRow.take(queue, limit: 10, at: 500, $0) }
      #expect(taken.map(\.id.text) == ["dlv_0000000"])
      #expect(try await fixture.database.write { try DeliveryRow.take(queue, limit: 10, at: 500, $0) }.isEmpty)
      #expect(try await fixture.database.read { try DueWebhooks.find(at: 500, $0) }.queues.count == 99)
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
      try await finish(webhook.id, .new, next: .again(dueAt: fixture.clock.now), fixture)
      #expect(try await depth(fixture) == QueueDepth(new: 0, retry: 1, replay: 0, oldestDueAt: fixture.clock.now))
      try await finish(webhook.id, .retry, next: .delivered, fixture)
      #expect(try await depth(fixture) == QueueDepth(new: 0, retry: 0, replay: 0, oldestDueAt: nil))
    }
  }

  private func depth(_ fixture: ReceiptsFixture) async throws -> QueueDepth {
    let now = fixture.clock.now
    return try await fixture.database.read { try QueueDepth.read(at: now, $0) }
  }

  private func finish(
    _ webhook: WebhookID, _ lane: DeliveryLane, next: DeliveryNext, _ fixture: ReceiptsFixture
  ) async throws {
    let now = fixture.clock.now
    try await fixture.database.write { connection in
      let queue = DueWebhooks.Queue(webhook: webhook, lane: lane)
      let row = try #require(try DeliveryRow.take(queue, limit: 1, at: now, connection).first)
      let attempt = DeliveryAttempt(
        id: AttemptID(trusted: "att_\(lane)"), at: Timestamp(milliseconds: now), durationMilliseconds: 1,
        dialledAddress: nil, httpStatus: 200, errorClass: nil, response: nil)
      try row.finish(attempt, next: next, connection)
    }
  }
}
