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
          "INSERT INTO attempts (id, delivery_id, at, milliseconds) SELECT 'att' || id, id, 0, 0 FROM deliveries")
        try connection.execute("UPDATE deliveries SET state = 'delivered' WHERE event_id NOT LIKE '%00001'")
      }
      fixture.clock.advance(by: .seconds(1_000))
      try await fixture.record(.sample(900))
      let now = fixture.clock.now
      func prune() async throws -> (Int, Bool) {
        let outcome = try await fixture.database.write {
          try PrunedEvents.delete(before: now - 500_000, limit: step, $0)
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
}
