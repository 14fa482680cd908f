import Contracts
import Crypto
import Store
import Telemetry
import TestSupport
import Testing
import Wire

@testable import Receipts

@Suite struct ReplayWorkerTests {
  private let front = ReceiptsFixture.front()

  private func id(_ number: Int) -> ReplayID { ReplayID(trusted: "rpl_\(number)") }
  private func webhook(_ number: Int) -> WebhookID { WebhookID(trusted: "whk_\(number)") }

  private func agenda(_ count: Int) -> ReplayAgenda {
    var agenda = ReplayAgenda()
    agenda.update((1...count).map { (id($0), webhook($0)) })
    return agenda
  }

  @Test func `more than ten thousand at once are all found`() async throws {
    try await ReceiptsFixture.run { fixture in
      let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10001)"
      try await fixture.database.write { connection in
        try connection.execute(
          """
          \(numbers)
          INSERT INTO webhooks (id, account_id, kind, url, secret, secret_fingerprint, created_at, updated_at)
          SELECT 'whk_' || i, 'acc', 'endpoint', 'https://x.example/', 'sealed', '', 0, 0 FROM n
          """)
        try connection.execute(
          """
          \(numbers)
          INSERT INTO replays (id, account_id, webhook_id, kind, selection, matched, is_exact, position, last, stepped_at,
            created_at)
          SELECT 'rpl_' || i, 'acc', 'whk_' || i, 'replay', '{}', 0, 1, 0, 0, 0, 0 FROM n
          """)
      }
      let found = try await fixture.database.read { try ReplayRow.underWay(limit: ReplayAgenda.limit, $0) }
      #expect(found.count == 10_001)
    }
  }

  @Test func `those that wait do not keep the others from their turn, and rest longer each time`() {
    var agenda = agenda(100)
    for round in 1...5 {
      for found in agenda.due(at: 0, limit: 20) { agenda.rests(found.id, at: 0) }
      #expect(agenda.due(at: 0, limit: 1_000).count == 100 - 20 * round)
    }
    agenda.update((1...101).map { (id($0), webhook($0)) })
    #expect(agenda.due(at: 0, limit: 20).map(\.id) == [id(101)])
    #expect(agenda.count == 101)
    agenda.ended(id(101))
    var (now, rests) = (Int64(0), [Int64]())
    for _ in 1...8 {
      let next = agenda.nextAt ?? -1
      rests.append(next - now)
      now = next
      for found in agenda.due(at: now, limit: 100) { agenda.rests(found.id, at: now) }
    }
    #expect(rests == [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
  }

  @Test func `a webhook that goes on wakes its replays, and one that moved begins with a short rest`() {
    var agenda = agenda(2)
    for now in [0, 1_000, 5_000] as [Int64] {
      for number in 1...2 { agenda.rests(id(number), at: now) }
    }
    agenda.wake([webhook(2)])
    #expect(agenda.due(at: 5_000, limit: 9).map(\.id) == [id(2)])
    agenda.moved(id(2))
    #expect(agenda.due(at: 5_000, limit: 9).map(\.id) == [id(2)])
    agenda.rests(id(2), at: 5_000)
    #expect(agenda.nextAt == 5_250)
    // What is over is forgotten, and what rests goes on resting.
    agenda.update([(id(2), webhook(2))])
    #expect(agenda.count == 1 && agenda.nextAt == 5_250)
  }

  @Test func `one that moves goes behind the others`() {
    var agenda = agenda(3)
    #expect(agenda.due(at: 0, limit: 2).map(\.id) == [id(1), id(2)])
    agenda.moved(id(1))
    #expect(agenda.due(at: 0, limit: 3).map(\.id) == [id(2), id(3), id(1)])
  }

  @Test func `one that waits writes nothing`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/").id
      try await fixture.record(1...3)
      try await fixture.settle(.exhausted)
      let replay = try await fixture.replaying.start(.init(webhookID: webhook), front)
      try await fixture.pause(webhook)
      let before = try await fixture.number("SELECT stepped_at FROM replays")
      fixture.clock.advance(by: .seconds(5))
      #expect(try await fixture.step(replay.id) == .later)
      #expect(try await fixture.number("SELECT stepped_at FROM replays") == before)
      // Nor while what it has queued drains.
      try await fixture.execute("UPDATE webhooks SET state = 'active', pause_reason = NULL, paused_at = NULL")
      #expect(try await fixture.feed(replay.id) == .later)
      fixture.clock.advance(by: .seconds(5))
      let queued = try await fixture.number("SELECT stepped_at FROM replays")
      #expect(try await fixture.step(replay.id) == .later)
      #expect(try await fixture.number("SELECT stepped_at FROM replays") == queued)
    }
  }

  @Test func `one that cannot be read keeps no other from going on`() async throws {
    try await ReceiptsFixture.run { fixture in
      let broken = try await fixture.addWebhook("https://hooks.example.com/one").id
      let whole = try await fixture.addWebhook(
        "https://hooks.example.com/two", sender: ReceiptsFixture.secondSender
      ).id
      try await fixture.record(.sample(1), .sample(2, sender: ReceiptsFixture.secondSender))
      try await fixture.settle(.exhausted)
      let first = try #require(try await fixture.replaying.start(.init(webhookID: broken), front).id)
      let second = try #require(try await fixture.replaying.start(.init(webhookID: whole), front).id)
      try await fixture.execute("UPDATE replays SET selection = '?' WHERE id = ?", first.text)
      fixture.replays.start()
      try await eventually("it is queued") {
        try await fixture.number("SELECT count(*) FROM deliveries WHERE state = 'waiting'") == 1
      }
      try await fixture.settle()
      try await eventually("it is over") {
        try await fixture.replaying.get(.init(replayID: second), front).state == .completed
      }
      #expect(fixture.lines.ofEvent("replay.step_failed").count > 0)
      #expect(try await fixture.number("SELECT count(*) FROM replays WHERE ended_at IS NULL") == 1)
    }
  }
}
