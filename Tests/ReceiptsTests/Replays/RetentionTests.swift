import Contracts
import Crypto
import Store
import Telemetry
import TestSupport
import Testing
import Wire
import Workers

@testable import Receipts

/// How long the log, replays and what is left of deleted webhooks stay.
@Suite struct RetentionTests {
  private func attempt(_ id: String, of delivery: Delivery, at: Int64, _ fixture: ReceiptsFixture) async throws {
    try await fixture.execute(
      "INSERT INTO attempts (id, delivery_id, webhook_id, at, milliseconds) VALUES (?, ?, ?, ?, 1)", id,
      delivery.id.text, delivery.webhookID.text, at)
  }

  @Test func `attempts go before their events where the operator says so, in steps, of all webhooks`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook("https://hooks.example.com/one")
      try await fixture.addWebhook("https://hooks.example.com/two", sender: ReceiptsFixture.secondSender)
      try await fixture.record(.sample(1), .sample(2, sender: ReceiptsFixture.secondSender))
      let now = fixture.clock.now
      let all = try await fixture.deliveries() + fixture.deliveries(ReceiptsFixture.secondSender)
      for delivery in all {
        for age in [9_000, 7_000, 5_000, 1_000, 0] as [Int64] {
          try await attempt("att_" + ULID.make(milliseconds: now - age), of: delivery, at: now - age, fixture)
        }
      }
      func prune() async throws -> (Int, Bool) {
        let outcome = try await fixture.database.write {
          try PrunedLog.deleteAttempts(before: now - 5_000, limit: 3, $0)
        }
        return (outcome.deleted, outcome.isDone)
      }
      #expect(try await prune() == (3, false))
      #expect(try await prune() == (1, true))
      #expect(try await prune() == (0, true))
      #expect(try await fixture.number("SELECT count(*) FROM attempts") == 6)
      #expect(try await fixture.number("SELECT count(*) FROM attempts WHERE at < ?", now - 5_000) == 0)
    }
  }

  @Test func `a webhook that was deleted goes when nothing names it, and its replays before it`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/").id
      try await fixture.record(.sample(1))
      try await fixture.settle()
      let front = ReceiptsFixture.front()
      let call = ReceiptsAPI.StartReplay(webhookID: webhook, selection: .init(outcome: .any))
      let replay = try await fixture.replaying.start(call, front)
      try await fixture.execute("UPDATE webhooks SET deleted_at = ?", fixture.clock.now)
      #expect(try await fixture.step(replay.id) == .ended(.cancelled))
      let later = fixture.clock.now + PrunedLog.replaysKept
      func prune(at now: Int64) async throws -> [Int] {
        try await fixture.database.write {
          try PrunedLog.deleteRemains(before: now - PrunedLog.replaysKept, limit: 200, $0)
        }
        return [
          try await fixture.number("SELECT count(*) FROM replays"),
          try await fixture.number("SELECT count(*) FROM webhooks"),
        ]
      }
      #expect(try await prune(at: later) == [1, 1])
      #expect(try await prune(at: later + 1) == [0, 1])
      try await fixture.execute("DELETE FROM deliveries")
      #expect(try await prune(at: later + 1) == [0, 0])
    }
  }

  @Test func `what is kept for a paused webhook is kept no longer than events are`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/").id
      try await fixture.record(.sample(1))
      try await fixture.pause(webhook)
      try await fixture.record(.sample(2))
      let now = fixture.clock.now + 1_000
      func prune() async throws -> Int {
        try await fixture.database.write {
          try PrunedEvents.delete(before: now, now: now, limit: 10, $0)
        }.deleted
      }
      #expect(try await prune() == 2)
      #expect(try await fixture.number("SELECT count(*) FROM deliveries") == 0)
      #expect(try await fixture.number("SELECT sum(deliveries) FROM queue_depth") == 0)
    }
  }

  @Test func `one that waits for its turn is kept as one that is due`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook("https://hooks.example.com/")
      try await fixture.record(1...2)
      try await fixture.execute("UPDATE deliveries SET state = 'behind' WHERE position = 2")
      let now = fixture.clock.now + 1_000
      let outcome = try await fixture.database.write {
        try PrunedEvents.delete(before: now, now: now, limit: 10, $0)
      }
      #expect(outcome.deleted == 0)
    }
  }

  @Test func `what waits behind others of its contact is counted`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook("https://hooks.example.com/")
      try await fixture.execute("UPDATE webhooks SET is_ordered = 1")
      try await fixture.record(1...4)
      func behind() async throws -> String? {
        try await fixture.watch.refresh()
        let lines = fixture.metrics.render().split(separator: "\n")
        return lines.first { $0.contains("lane=\"behind\"") }?.split(separator: " ").last.map(String.init)
      }
      #expect(try await behind() == "3")
      try await fixture.execute("UPDATE deliveries SET state = 'waiting' WHERE position = 2")
      #expect(try await behind() == "2")
      try await fixture.execute("DELETE FROM deliveries WHERE position = 3")
      #expect(try await behind() == "1")
      try await fixture.execute("UPDATE deliveries SET state = 'behind' WHERE position = 2")
      #expect(try await behind() == "2")
    }
  }

  @Test func `no step of pruning the log walks a table`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.database.read { connection in
        let steps = try connection.all("EXPLAIN QUERY PLAN " + PrunedLog.oldAttemptsSQL, "x", 1) { try $0.text(3) }
        #expect(steps.contains { $0.contains("attempts_by_webhook (webhook_id=? AND id<?)") })
        #expect(steps.allSatisfy { !$0.hasPrefix("SCAN a") })
      }
    }
  }

  @Test func `the queue's age counts no webhook that is paused, and what is kept for it is counted apart`() async throws
  {
    try await ReceiptsFixture.run { fixture in
      let first = try await fixture.addWebhook("https://hooks.example.com/one").id
      try await fixture.addWebhook("https://hooks.example.com/two", sender: ReceiptsFixture.secondSender)
      try await fixture.record(.sample(1))
      fixture.clock.advance(by: .seconds(20))
      try await fixture.record(.sample(2, sender: ReceiptsFixture.secondSender))
      fixture.clock.advance(by: .seconds(10))
      func metrics() async throws -> String {
        try await fixture.watch.refresh()
        return fixture.metrics.render()
      }
      #expect(try await metrics().contains("wss_receipts_oldest_due_seconds 30\n"))
      try await fixture.pause(first)
      try await fixture.record(.sample(3), .sample(4))
      let paused = try await metrics()
      #expect(paused.contains("wss_receipts_oldest_due_seconds 10\n"))
      #expect(paused.contains("wss_receipts_held_deliveries 2\n"))
      try await fixture.execute("UPDATE deliveries SET state = 'cancelled' WHERE state = 'held' AND position = 3")
      try await fixture.execute("DELETE FROM deliveries WHERE state = 'held'")
      #expect(try await metrics().contains("wss_receipts_held_deliveries 0\n"))
    }
  }
}
