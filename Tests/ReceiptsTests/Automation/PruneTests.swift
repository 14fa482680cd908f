import Contracts
import Crypto
import JSON
import Store
import Telemetry
import TestSupport
import Testing
import Wire
import Workers

@testable import Receipts

@Suite struct PruneTests {
  private func count(_ table: String, _ fixture: ReceiptsFixture) async throws -> Int? {
    try await fixture.database.read { try $0.first("SELECT count(*) FROM \(table)") { try $0.int(0) } }
  }

  @Test func `old events go with their deliveries in steps, what still waits and what is new stays`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook("https://hooks.example.com/")
      let step = PruneWorker.step
      try await fixture.record(.sample(1))
      for start in [2, 202] {
        try await fixture.hand((start..<(start + 200)).map { HandedEvent(status: .sample($0)) })
      }
      try await fixture.database.write { connection in
        try connection.execute(
          "INSERT INTO attempts (id, delivery_id, webhook_id, at, milliseconds) SELECT 'att' || id, id, webhook_id, 0, 0 FROM deliveries"
        )
        try connection.execute("UPDATE deliveries SET state = 'delivered' WHERE event_id NOT LIKE '%00001'")
      }
      fixture.clock.advance(by: .seconds(1_000))
      try await fixture.record(.sample(900))
      let now = fixture.clock.now
      func prune() async throws -> (Int, Bool) {
        let outcome = try await fixture.database.write {
          try PrunedEvents.delete(before: now - 500_000, now: now, limit: step, $0)
        }
        return (outcome.deleted, outcome.isDone)
      }
      #expect(try await prune() == (step, false))
      #expect(try await count("events", fixture) == 402 - step)
      #expect(try await prune() == (step, false))
      #expect(try await prune() == (0, true))
      #expect(try await count("events", fixture) == 2)
      #expect(try await count("deliveries", fixture) == 2)
      #expect(try await count("attempts", fixture) == 1)
    }
  }

  @Test func `old events that are awaited are looked at once in a pass, not at every step of it`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/").id
      let awaited = PrunedEvents.looked + 500
      try await fixture.plant(awaited, webhook: webhook, state: .waiting)
      try await fixture.plant(300, webhook: webhook, from: 200_000)
      fixture.clock.advance(by: .seconds(1_000))
      let now = fixture.clock.now
      var (deleted, positions, isDone) = ([Int](), [Int64(0)], false)
      while !isDone && deleted.count < 20 {
        let after = positions.last ?? 0
        let step = try await fixture.database.write {
          try PrunedEvents.delete(before: now - 500_000, now: now, after: after, limit: PruneWorker.step, $0)
        }
        deleted.append(step.deleted)
        positions.append(step.through)
        isDone = step.isDone
      }
      #expect(deleted == [0, 200, 100])
      #expect(positions.dropFirst().map(Int.init) == [PrunedEvents.looked, awaited + 200, awaited + 300])
      // The worker goes on behind them by itself.
      try await fixture.plant(500, webhook: webhook, from: 300_000)
      fixture.clock.advance(by: .seconds(1_000))
      let worker = PruneWorker(
        database: fixture.database, kept: 500_000, loop: fixture.loop, clock: fixture.clock.clock, log: .silent,
        metrics: fixture.metrics)
      worker.start()
      try await eventually("pruned") { try await count("events", fixture) == awaited }
      await worker.stop()
    }
  }

  @Test func `a cursor outlives what it stood behind, and positions are never given again`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.hand([.sample(1, .messageReceived)])
      let cursor = try await fixture.stream.read(.init(), ReceiptsFixture.front()).nextCursor
      fixture.clock.advance(by: .seconds(1_000))
      let now = fixture.clock.now
      let worker = PruneWorker(
        database: fixture.database, kept: 500_000, loop: fixture.loop, clock: fixture.clock.clock, log: .silent,
        metrics: fixture.metrics)
      worker.start()
      try await eventually("pruned") { try await count("events", fixture) == 0 }
      await worker.stop()
      #expect(now == fixture.clock.now)
      try await fixture.hand([.sample(2, .messageReceived)])
      let next = try await fixture.stream.read(.init(cursor: cursor), ReceiptsFixture.front())
      #expect(next.data.map(\.data["number"]) == [2])
    }
  }

  @Test func `a clock that was ahead for a while stops no pruning`() async throws {
    try await ReceiptsFixture.run { fixture in
      for number in 1...6 { try await fixture.hand([.sample(number, .messageReceived)]) }
      let now = fixture.clock.now
      try await fixture.database.write { connection in
        for (position, age) in [-900, 9_000, 9_000, -900, 9_000, -1].enumerated() {
          try connection.execute(
            "UPDATE events SET received_at = ? WHERE position = ?", now + Int64(age) * 1_000, position + 1)
        }
      }
      let outcome = try await fixture.database.write {
        try PrunedEvents.delete(before: now - 500_000, now: now, limit: 250, $0)
      }
      #expect(outcome.deleted == 4 && outcome.isDone)
      // The first row says nothing of its age; those behind it do.
      try await fixture.database.write {
        try $0.execute("UPDATE events SET received_at = ? WHERE position = 6", now - 900_000)
      }
      let rest = try await fixture.database.write {
        try PrunedEvents.delete(before: now - 500_000, now: now, limit: 1, $0)
      }
      #expect(rest.deleted == 1)
    }
  }

  @Test func `statuses that an update took over are found by their conversation`() async throws {
    let directory = try TemporaryDirectory()
    let earlier = Array(Schema.migrations.prefix { $0.name != Schema.conversationsOfStatuses.name })
    let old = try TemporaryDatabase(earlier, in: directory)
    try await old.database.write { connection in
      for (id, type, body) in [
        ("evt_1", "message.status", #"{"conversation_id":"cnv_1"}"#), ("evt_2", "message.status", "no JSON"),
        ("evt_3", "message.received", #"{"conversation_id":"cnv_3"}"#),
      ] {
        try connection.execute(
          """
          INSERT INTO events (id, account_id, type, body, occurred_at, received_at) VALUES (?, 'acc_1', ?, ?, 0, 0)
          """, id, type, Array(body.utf8))
      }
    }
    old.database.close()
    let new = try TemporaryDatabase(Schema.migrations, in: directory)
    defer { new.database.close() }
    let found = try await new.database.read {
      try $0.all("SELECT coalesce(conversation_id, '-') FROM events ORDER BY id") { try $0.text(0) }
    }
    #expect(found == ["cnv_1", "-", "-"])
  }
}
