import Contracts
import Crypto
import Daemon
import HTTP
import JSON
import MessagingRouterHarness
import Store
import Telemetry
import TestSupport
import Testing
import Wire

@testable import MessagingRouter

@Suite struct RetentionTests {
  let sender = TestSender()

  /// `count` old messages of one conversation, the last of them queued; statuses of each.
  private func fill(_ router: RunningRouter, count: Int) async throws {
    try await router.database.write { connection in
      try connection.execute(
        """
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?1)
        INSERT INTO messages (id, account_id, sender_id, conversation_id, direction, type, text, raw, status, due_at,
          created_at, updated_at)
        SELECT printf('msg_%026d', i), account_id, sender_id, conversation_id, 'outbound', 'text', 'x', x'7b7d',
          iif(i = ?1, 'unknown', 'read'), created_at + 1000000000000, created_at + i, created_at FROM n, messages
        """, count)
      try connection.execute(
        "INSERT INTO message_statuses SELECT id, 'read', 1, 0, 0, created_at FROM messages WHERE direction = 'outbound'"
      )
    }
  }

  @Test func `raw bodies go after their time, in steps, and only what is old enough`() async throws {
    try await MessagingRouterHarness.run(["RAW_RETENTION": "1d"], senders: [sender]) { harness, router in
      try await router.open(sender)
      try await fill(router, count: 600)
      let now = harness.time.now
      let early = try await router.database.write { try Retention.raws(before: now, now: now, $0) }
      #expect(early == Retention.Outcome())
      let first = try await router.database.write { try Retention.raws(before: now + 10_000, now: now + 10_000, $0) }
      #expect(first == Retention.Outcome(deleted: Retention.step, isDone: false))
      harness.time.advance(by: .seconds(86_400 + 10))
      router.service.clockWasSet()
      try await eventually("pruned") {
        harness.time.advance(by: .milliseconds(100))
        router.service.clockWasSet()
        return try await router.text("SELECT count(*) FROM messages WHERE raw IS NOT NULL") == ["0"]
      }
      #expect(try await router.count("messages") == 601)
    }
  }

  @Test func `what was set aside and held goes after its time`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let old = harness.time.now - 1
      try await router.database.write { connection in
        for at in [old, old + 10_000] {
          try InboxRow.setAside(inboxID: at, path: "$", reason: "x", raw: [1], at: at, connection)
          try connection.execute("INSERT INTO inbox (received_at, body, state) VALUES (?, x'00', 2)", at)
          try connection.execute(
            """
            INSERT INTO held_statuses (sender_id, meta_message_id, status, payload, at)
            VALUES ('s', 'w' || ?1, 'sent', x'00', ?1)
            """, at)
          try connection.execute(
            "INSERT INTO event_outbox_refused (event, reason, at) VALUES (x'00', '', ?)", at)
        }
      }
      let outcome = try await router.database.write { try Retention.leftovers(before: old + 1, $0) }
      #expect(outcome == Retention.Outcome(deleted: 4, isDone: true))
      for table in ["inbox_poison", "inbox", "held_statuses", "event_outbox_refused"] {
        #expect(try await router.count(table) == 1, "\(table)")
      }
    }
  }

  @Test func `history stays unless it is told to go, and what is under way stays then`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender)
      try await fill(router, count: 600)
      harness.time.advance(by: .seconds(400 * 86_400))
      router.service.clockWasSet()
      try await eventually("pruned") {
        harness.time.advance(by: .milliseconds(100))
        router.service.clockWasSet()
        return try await router.text("SELECT count(*) FROM messages WHERE raw IS NOT NULL") == ["0"]
      }
      #expect(try await router.count("messages") == 601)
      await router.stop()
      let again = try await harness.start(["HISTORY_RETENTION": "30d"])
      try await eventually("deleted") {
        harness.time.advance(by: .milliseconds(100))
        again.service.clockWasSet()
        return try await again.count("messages") == 1
      }
      #expect(try await again.text("SELECT status FROM messages") == ["unknown"])
      #expect(try await again.count("message_statuses") == 1)
      #expect(try await again.count("conversations") == 1)
    }
  }

  @Test func `no step of pruning walks a table or sorts`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await router.database.read { connection in
        for sql in [
          "SELECT id FROM inbox_poison WHERE at < 1 ORDER BY at LIMIT 1",
          "SELECT sequence FROM event_outbox_refused WHERE at < 1 ORDER BY at LIMIT 1",
          "SELECT id, received_at FROM inbox WHERE state = 2 ORDER BY id LIMIT 1",
          "SELECT conversation_id FROM conversation_sessions WHERE due_at IS NOT NULL AND due_at <= 1 ORDER BY due_at",
        ] {
          let plan = try connection.all("EXPLAIN QUERY PLAN " + sql) { try $0.text(3) }
          #expect(plan.allSatisfy { $0.contains("INDEX") && !$0.contains("TEMP") }, "\(plan)")
        }
      }
    }
  }

  @Test func `a clock that was ahead for a while stops no pruning`() async throws {
    let store = try await InboundStore()
    defer { store.close() }
    let (day, now): (Int64, Int64) = (86_400_000, 1_000 * 86_400_000)
    try await store.take(WebhookBody.batch(messages: [WebhookBody.text("w1", "x")]))
    // 300 rows of a clock that was a year ahead, more than a step, between old ones, and new ones behind.
    try await store.database.write { connection in
      try connection.execute(
        """
        WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
        INSERT INTO messages (id, account_id, sender_id, conversation_id, direction, type, raw, status, created_at,
          updated_at)
        SELECT 'msg_' || i, account_id, sender_id, conversation_id, 'inbound', 'text', x'00', 'received',
          CASE WHEN i < 310 THEN ?1 + 365 * ?2 WHEN i < 390 THEN ?1 - 20 * ?2 ELSE ?1 - 1 END, 0
        FROM n, messages
        """, now, day)
      try connection.execute("UPDATE messages SET created_at = ? WHERE meta_message_id = 'w1'", now - 30 * day)
      for _ in 0..<4 { _ = try Retention.raws(before: now - 10 * day, now: now, connection) }
    }
    #expect(try await store.text("SELECT count(*) FROM messages WHERE raw IS NOT NULL") == ["11"])
    try await store.database.write { connection in
      var position: Int64 = 0
      for _ in 0..<4 {
        position = try Retention.history(before: now - 10 * day, now: now, after: position, connection).position
      }
    }
    #expect(try await store.count("messages") == 11)
    // Only the future lies behind: those may be as new as can be.
    try await store.write("UPDATE messages SET created_at = \(now + day)")
    let outcome = try await store.database.write {
      try Retention.history(before: now - 10 * day, now: now, after: 0, $0).outcome
    }
    #expect(outcome == Retention.Outcome())
  }

  @Test(arguments: [("7d", false), ("1d", false), ("0s", true), ("8d", true)])
  func `history stays for as long as Meta may deliver a message again`(setting: String, isTaken: Bool) throws {
    var environment = ["HISTORY_RETENTION": setting, "META_APP_SECRET": "a", "META_VERIFY_TOKEN": "b"]
    environment["DATA_DIRECTORY"] = "/nowhere"
    var reader = SettingsReader(SettingsSources(environment: environment))
    _ = MessagingRouterSettings(&reader)
    let problems: [String]
    do throws(SettingsFailure) {
      try reader.finish()
      problems = []
    } catch {
      problems = error.problems.map(\.key)
    }
    #expect(problems.contains("HISTORY_RETENTION") == !isTaken)
  }
}
