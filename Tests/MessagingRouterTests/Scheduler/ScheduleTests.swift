import Contracts
import Store
import Testing

@testable import MessagingRouter

/// The schedule on a store of its own: what is due, however much waits in its way.
@Suite struct ScheduleTests {
  typealias S = SchedulerStore

  @Test func `offline senders with thousands of messages cost nothing`() async throws {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      for number in 0..<100 {
        try S.sender("s\(number)", status: "offline", connection)
        try S.conversation("s\(number)", with: "c", window: 10_000, connection)
        for _ in 0..<50 { try S.queue(in: "s\(number)/c", at: 1, connection) }
      }
      try S.sender("on", connection)
      for contact in 0..<20 {
        try S.conversation("on", with: "c\(contact)", window: 10_000, connection)
        try S.queue(in: "on/c\(contact)", at: 1_000, connection)
      }
      #expect(try S.nextDue(connection) == 1_000)
      #expect(try S.take(at: 999, connection).rows.isEmpty)
      #expect(try S.take(10, at: 1_000, connection).rows.map(\.sender.id) == Array(repeating: "on", count: 10))
      // Online again: the oldest are due at once.
      try S.sender("s5", connection)
      #expect(try S.nextDue(connection) == 1)
      try connection.execute("DELETE FROM replica_senders WHERE sender_id = 's5'")
      #expect(try S.nextDue(connection) == 1_000)
    }
    store.close()
  }

  @Test func `what is due is found through indexes`() async throws {
    let store = try SchedulerStore()
    let statements: [(String, [any SQLConvertible])] =
      [
        (OutboundSchedule.nextDue, []), (OutboundSchedule.dueGroups, [1, 1]),
        (OutboundSchedule.dueMessages, ["s", 1, 1, 1, 1]), (OutboundSchedule.settleGroup, ["s", 1, 1]),
        (OutboundEnds.ready, [1, 1]), (OutboundEnds.ended, [1, 1]), (OutboundEnds.outlived, [1, 1]),
      ] + OutboundEnds.nexts.map { ($0.sql, []) }
    for (sql, values) in statements {
      let plan = try await store.database.write { connection in
        try connection.all("EXPLAIN QUERY PLAN " + sql, values: values) { try $0.text(3) }
      }
      // A walk along an index in its own order, ended by LIMIT, is no search of the whole table.
      #expect(
        !plan.isEmpty
          && plan.allSatisfy {
            $0.hasPrefix("SEARCH") || $0.contains("SUBQUERY") || $0.contains("USING INDEX outbound_groups_due")
              || $0.contains("INDEX messages_scheduled") || $0.contains("INDEX messages_by_end")
              || $0.contains("INDEX messages_by_age")
          }, "\(sql)\n\(plan)")
    }
    store.close()
  }

  @Test func `a conversation sends one at a time, in the order of its priorities`() async throws {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      try S.sender("s", connection)
      try S.conversation("s", with: "c", window: 10_000, connection)
      let broadcast = try S.queue(in: "s/c", priority: .broadcast, connection)
      let normal = try S.queue(in: "s/c", connection)
      let second = try S.queue(in: "s/c", connection)
      let answer = try S.queue(in: "s/c", priority: .answer, connection)
      var order: [String] = []
      for _ in 0..<4 {
        let rows = try S.take(at: 5, connection).rows
        #expect(rows.count == 1)
        #expect(try S.take(at: 5, connection).rows.isEmpty)
        order += rows.map(\.id)
        try rows[0].finish(.accepted(S.accepted("w\(order.count)")), at: 6, connection)
      }
      #expect(order == [answer, normal, second, broadcast])
    }
    store.close()
  }

  @Test func `answers go before broadcasts of the same sender, which still get one send in twenty`() async throws {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      try S.sender("s", connection)
      for contact in 0..<60 {
        try S.conversation("s", with: "c\(contact)", window: 10_000, connection)
        try S.queue(in: "s/c\(contact)", priority: contact < 20 ? .broadcast : .answer, at: Int64(contact), connection)
      }
      var turns = PriorityTurns()
      var taken: [OutboundRow] = []
      for _ in 0..<4 {
        var sender = try DueSender.due(at: 1_000, connection)[0]
        sender.allowance = 10
        sender.turns = turns
        let take = try OutboundTake.run([sender], lifetime: S.day, at: 1_000, connection)
        turns = try #require(take.turns["s"])
        taken += take.rows
      }
      let broadcasts = try taken.count { row in
        try connection.first("SELECT priority FROM messages WHERE id = ?", row.id, map: { try $0.int(0) }) == 2
      }
      #expect(taken.count == 40 && broadcasts == 2)
    }
    store.close()
  }

  @Test func `a message for later holds nobody up, and goes when its time has come`() async throws {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      try S.sender("s", connection)
      try S.conversation("s", with: "c", window: 10_000, connection)
      let later = try S.queue(in: "s/c", at: 0, sendAt: 5_000, connection)
      let now = try S.queue(in: "s/c", at: 1, connection)
      let first = try S.take(at: 10, connection).rows
      #expect(first.map(\.id) == [now])
      try first[0].finish(.accepted(S.accepted("w")), at: 11, connection)
      #expect(try S.take(at: 4_999, connection).rows.isEmpty)
      #expect(try OutboundEnds.next(lifetime: S.day, connection) == 5_000)
      _ = try OutboundEnds.run(lifetime: S.day, at: 5_000, connection)
      #expect(try S.take(at: 5_000, connection).rows.map(\.id) == [later])
    }
    store.close()
  }

  @Test func `what is tried again is not overtaken by its own kind, but by an answer`() async throws {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      try S.sender("s", connection)
      try S.conversation("s", with: "c", window: 100_000, connection)
      let first = try S.queue(in: "s/c", connection)
      let rows = try S.take(at: 1, connection).rows
      try rows[0].finish(.retry(dueAt: 9_000, SendErrors.error(forMeta: 2)), at: 2, connection)
      try S.queue(in: "s/c", connection)
      #expect(try S.take(at: 8_999, connection).rows.isEmpty)
      let answer = try S.queue(in: "s/c", priority: .answer, connection)
      let overtaking = try S.take(at: 8_999, connection).rows
      #expect(overtaking.map(\.id) == [answer])
      try overtaking[0].finish(.accepted(S.accepted("w")), at: 8_999, connection)
      #expect(try S.take(at: 9_000, connection).rows.map(\.id) == [first])
    }
    store.close()
  }

  @Test func `a pair sends 45 at once, then one in six seconds, also after a restart`() async throws {
    let store = try SchedulerStore()
    let database = store.database
    try await database.write { connection in
      try S.sender("s", connection)
      try S.conversation("s", with: "c", window: 1_000_000, connection)
      for _ in 0..<60 { try S.queue(in: "s/c", connection) }
      func sendAll(at now: Int64) throws -> Int {
        var count = 0
        while let row = try S.take(at: now, connection).rows.first {
          count += 1
          try row.finish(.accepted(S.accepted("w\(row.sequence)")), at: now, connection)
        }
        return count
      }
      #expect(try sendAll(at: 1_000) == 45)
      #expect(try S.nextDue(connection) == 7_000)
      // All of it is in the store: a new process knows as much.
      #expect(try sendAll(at: 7_000) == 1)
      #expect(try sendAll(at: 31_000) == 4)
      // Other conversations go on meanwhile.
      try S.conversation("s", with: "d", window: 1_000_000, connection)
      try S.queue(in: "s/d", at: 31_000, connection)
      #expect(try sendAll(at: 31_000) == 1)
    }
    store.close()
  }

  @Test func `a pair that Meta refuses waits, its answers too, and nobody else`() async throws {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      try S.sender("s", connection)
      for contact in ["c", "d"] { try S.conversation("s", with: contact, window: 1_000_000, connection) }
      try S.queue(in: "s/c", connection)
      var now: Int64 = 1_000
      for wait in [1_000, 4_000, 16_000] as [Int64] {
        let row = try #require(try S.take(at: now, connection).rows.first)
        let (outcome, pause) = SendPolicy.refused(
          SendErrors.error(forMeta: 131_056), code: 131_056, retryAfter: nil, attempts: row.attempts,
          pairTries: row.pairTries + 1, at: now)
        try row.finish(outcome, pause: pause, at: now, connection)
        if wait == 1_000 { try S.queue(in: "s/c", priority: .answer, connection) }
        #expect(try S.take(at: now + wait - 1, connection).rows.isEmpty)
        try S.queue(in: "s/d", connection)
        let other = try S.take(at: now + wait - 1, connection).rows
        #expect(other.map(\.conversation) == ["s/d"])
        try other[0].finish(.accepted(S.accepted("w\(wait)")), at: now, connection)
        now += wait
      }
      let last = try #require(try S.take(at: now, connection).rows.first)
      try last.finish(.accepted(S.accepted("w")), at: now, connection)
      #expect(
        try connection.first("SELECT pair_tries FROM conversations WHERE id = 's/c'", map: { try $0.int(0) }) == 0)
    }
    store.close()
  }

  @Test func `free text is not sent outside of the window, and nobody asks Meta`() async throws {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      try S.sender("s", connection)
      try S.conversation("s", with: "c", window: 100, connection)
      let text = try S.queue(in: "s/c", connection)
      let template = try S.queue("template", in: "s/c", connection)
      let take = try S.take(at: 100, connection)
      #expect(take.rows.isEmpty && take.ended == 1)
      #expect(
        try connection.first("SELECT status || error_code FROM messages WHERE id = ?", text, map: { try $0.text(0) })
          == "failedSESSION_EXPIRED")
      #expect(try S.take(at: 100, connection).rows.map(\.id) == [template])
    }
    store.close()
  }
}
