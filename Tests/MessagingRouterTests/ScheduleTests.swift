import Store
import TestSupport
import Testing

@testable import MessagingRouter

/// The schedule on a store of its own: what is due, however much waits in its way.
@Suite struct ScheduleTests {
  /// 100 offline senders and one online, each with `count` queued messages in as many conversations.
  private func store(queued count: Int) async throws -> TemporaryDatabase {
    let store = try TemporaryDatabase(Schema.migrations)
    try await store.database.write { connection in
      try connection.execute(
        """
        WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
        INSERT INTO replica_senders (sender_id, account_id, phone_number, display_name, status, phone_number_id, access_token)
        SELECT 's' || i, 'a', '+1', 'x', CASE i WHEN 100 THEN 'online' ELSE 'offline' END, 'p' || i, 't' FROM n
        """)
      try connection.execute(
        """
        WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ? - 1)
        INSERT INTO contacts (id, account_id, portfolio_id, phone_number, created_at, updated_at)
        SELECT 'c' || i, 'a', 'p', '+' || i, 0, 0 FROM n
        """, count)
      try connection.execute(
        """
        INSERT INTO conversations (id, account_id, sender_id, contact_id, last_message_at, created_at)
        SELECT 'v' || r.sender_id || c.id, 'a', r.sender_id, c.id, 0, 0 FROM replica_senders r, contacts c
        """)
      try connection.execute(
        """
        INSERT INTO messages (id, account_id, sender_id, conversation_id, direction, type, text, status, due_at,
          created_at, updated_at)
        SELECT 'm' || id, 'a', sender_id, id, 'outbound', 'text', 'x', 'queued',
          CASE sender_id WHEN 's100' THEN 1000 ELSE 1 END, 0, 0
        FROM conversations
        """)
    }
    return store
  }

  @Test func `offline senders with thousands of messages cost nothing`() async throws {
    let store = try await store(queued: 100)
    try await store.database.write { connection in
      #expect(try OutboundRow.nextDue(connection) == 1_000)
      #expect(try OutboundRow.take(limit: 10, at: 999, connection).isEmpty)
      #expect(
        try OutboundRow.take(limit: 10, at: 1_000, connection).map(\.sender) == Array(repeating: "s100", count: 10))
      // Online again: the oldest are due at once.
      try connection.execute("UPDATE replica_senders SET status = 'online' WHERE sender_id = 's5'")
      #expect(try OutboundRow.nextDue(connection) == 1)
      try connection.execute("DELETE FROM replica_senders WHERE sender_id = 's5'")
      #expect(try OutboundRow.nextDue(connection) == 1_000)
    }
    store.database.close()
  }

  @Test func `what is due is found through indexes`() async throws {
    let store = try await store(queued: 2)
    for (sql, values) in [
      (OutboundSchedule.nextDue, [] as [any SQLConvertible]), (OutboundSchedule.dueSenders, [1, 1]),
      (OutboundSchedule.dueMessages, ["s1", 1, 1]),
    ] {
      let plan = try await store.database.read { connection in
        try connection.all("EXPLAIN QUERY PLAN " + sql, values: values) { try $0.text(3) }
      }
      #expect(!plan.isEmpty)
      // A walk along an index in its own order, ended by LIMIT, is no search of the whole table.
      #expect(
        plan.allSatisfy {
          $0.hasPrefix("SEARCH") || $0.contains("USING INDEX outbound_senders_due")
            || $0.contains("USING COVERING INDEX outbound_senders_due")
        }, "\(plan)")
    }
    store.database.close()
  }

  @Test func `senders take turns, conversations keep their order`() async throws {
    let store = try await store(queued: 3)
    try await store.database.write { connection in
      try connection.execute("UPDATE replica_senders SET status = 'online' WHERE sender_id IN ('s1', 's2')")
      let rows = try OutboundRow.take(limit: 4, at: 5_000, connection)
      #expect(Set(rows.map(\.sender)) == ["s1", "s2", "s100"])
      // A second message of a conversation whose first is on its way is not due.
      let id = try #require(rows.first).id
      try connection.execute(
        """
        INSERT INTO messages (id, account_id, sender_id, conversation_id, direction, type, text, status, due_at,
          created_at, updated_at)
        SELECT 'z', account_id, sender_id, conversation_id, 'outbound', 'text', 'x', 'queued', 1, 0, 0
        FROM messages WHERE id = ?
        """, id)
      #expect(try OutboundRow.take(limit: 100, at: 5_000, connection).contains { $0.id == "z" } == false)
      try connection.execute("UPDATE messages SET status = 'accepted' WHERE id = ?", id)
      #expect(try OutboundRow.take(limit: 100, at: 5_000, connection).map(\.id) == ["z"])
    }
    store.database.close()
  }
}
