import Contracts
import MessagingRouterHarness
import Store
import TestSupport
import Testing

@testable import MessagingRouter

/// People who never got a message do not stay for ever.
@Suite struct BroadcastRetentionTests {
  private func prune(_ store: BroadcastStore, before moment: Int64, after position: Int64 = 0) async throws -> (
    outcome: Retention.Outcome, position: Int64
  ) {
    try await store.database.write { try BroadcastRetention.prune(before: moment, after: position, $0) }
  }

  @Test func `who was skipped or waited goes with the lines and events of what is over, in steps, and counts stay`()
    async throws
  {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await store.started(300)
    try await store.write("UPDATE broadcast_recipients SET variables = NULL WHERE sequence <= 10")
    try await store.run(id, room: 20)
    try await store.set(.read)
    try await store.write("INSERT INTO broadcast_errors SELECT 1, 0, account_id, 7, 'X', 'y' FROM broadcasts")
    try await store.step(id) { try BroadcastSteps.cancel(&$0, actor: nil, at: 30, $1) }
    let counts = BroadcastCounts(read: 10, skipped: 10, cancelled: 280)
    #expect(try await store.view(id).counts == counts)
    #expect(try await prune(store, before: 30).outcome == Retention.Outcome())
    let first = try await prune(store, before: 31)
    #expect(first.outcome == Retention.Outcome(deleted: Retention.step, isDone: false))
    let second = try await prune(store, before: 31, after: first.position)
    // The other recipients, one line, and that it was started and called off.
    #expect(second.outcome == Retention.Outcome(deleted: 290 - Retention.step + 3, isDone: true))
    #expect(try await store.count("broadcast_recipients") == 10)
    #expect(try await store.count("broadcast_recipients WHERE state = 'fed'") == 10)
    #expect(try await store.count("broadcast_errors") == 0)
    #expect(try await store.count("broadcast_events") == 0)
    #expect(try await store.view(id).counts == counts)
  }

  @Test func `what may still go on keeps its people, and a draft that lost them is empty`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let draft = try await store.draft(2)
    let running = try await store.started(2)
    let paused = try await store.started(2)
    try await store.step(paused) { try BroadcastSteps.pause(&$0, .operator, detail: nil, actor: nil, at: 15, $1) }
    #expect(try await prune(store, before: 1_000).outcome == Retention.Outcome(deleted: 2, isDone: true))
    #expect(try await store.view(draft).counts == BroadcastCounts())
    #expect(try await store.view(running).counts == BroadcastCounts(pending: 2))
    #expect(try await store.counted(paused) == [.pending: 2])
    await #expect(throws: BroadcastFailures.empty) {
      try await store.step(draft) { try BroadcastSteps.start(&$0, actor: nil, at: 20, $1) }
    }
  }

  @Test func `a pass goes over all broadcasts, some at a time, and no step walks a table of people`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    for _ in 0...BroadcastRetention.most { _ = try await store.draft(1) }
    let first = try await prune(store, before: 1_000)
    #expect(first.outcome == Retention.Outcome(deleted: BroadcastRetention.most, isDone: false))
    let second = try await prune(store, before: 1_000, after: first.position)
    #expect(second.outcome == Retention.Outcome(deleted: 1, isDone: true))
    #expect(try await store.count("broadcast_recipients") == 0)
    try await store.database.read { connection in
      for sql in [
        "SELECT sequence FROM broadcast_recipients WHERE broadcast = 1 AND state = 'pending' LIMIT 1",
        "SELECT sequence FROM broadcast_recipients WHERE broadcast = 1 AND state = 'skipped' LIMIT 1",
        "SELECT place FROM broadcast_errors WHERE broadcast = 1 ORDER BY place LIMIT 1",
        "SELECT sequence FROM broadcast_events WHERE broadcast = 1 ORDER BY sequence LIMIT 1",
      ] {
        let plan = try connection.all("EXPLAIN QUERY PLAN " + sql) { try $0.text(3) }
        #expect(plan.allSatisfy { $0.hasPrefix("SEARCH") }, "\(plan)")
      }
    }
  }

  @Test func `the setting for history is theirs as well`() async throws {
    try await MessagingRouterHarness.run { harness, router in
      let now = harness.time.now
      try await router.database.write { connection in
        try connection.execute(
          """
          INSERT INTO broadcasts (number, id, account_id, sender_id, name, template_id, template, variables, state,
            created_at, updated_at, finished_at)
          VALUES (1, 'brd_1', 'acc_1', 'snd_1', 'Sale', 'tpl_1', x'7b7d', x'7b7d', 'cancelled', ?1, ?1, ?1)
          """, now)
        try connection.execute(
          """
          INSERT INTO broadcast_recipients (broadcast, account_id, recipient, name, upload, state, reason)
          VALUES (1, 'acc_1', '+4915112345678', 'Ann', 1, 'skipped', 'OPTED_OUT'), (1, 'acc_1', '+4915112345679',
            'Bob', 1, 'pending', NULL)
          """)
      }
      await router.stop()
      let again = try await harness.start(["HISTORY_RETENTION": "30d"])
      harness.time.advance(by: .seconds(29 * 86_400))
      again.service.clockWasSet()
      #expect(try await again.count("broadcast_recipients") == 2)
      harness.time.advance(by: .seconds(2 * 86_400))
      try await eventually("they are gone") {
        harness.time.advance(by: .milliseconds(100))
        again.service.clockWasSet()
        return try await again.count("broadcast_recipients") == 0
      }
    }
  }
}
