import Contracts
import JSON
import Store
import Testing

@testable import MessagingRouter

/// The people whom a portfolio writes to first within a day.
@Suite struct PortfolioTests {
  typealias S = SchedulerStore

  /// Two senders of one portfolio with a limit of ten people, and templates to `count` people from each.
  private func store(people count: Int, limit: String? = "TIER_10") async throws -> SchedulerStore {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      for sender in ["a", "b"] {
        try S.sender(sender, limit: limit, connection)
        for contact in 0..<count {
          try S.conversation(sender, with: "\(sender)\(contact)", connection)
          try S.queue("template", in: "\(sender)/\(sender)\(contact)", at: Int64(contact), connection)
        }
      }
    }
    return store
  }

  private func used(_ connection: Connection) throws -> Int {
    try connection.first("SELECT coalesce(sum(used), 0) FROM portfolio_usage", map: { try $0.int(0) }) ?? 0
  }

  @Test func `all senders of a portfolio together stay within its limit, and go on as people age out`() async throws {
    let store = try await store(people: 20)
    try await store.database.write { connection in
      let take = try S.take(6, at: 1_000, connection)
      #expect(take.rows.count == 10 && take.rows.allSatisfy(\.hasSlot))
      #expect(try used(connection) == 10)
      for row in take.rows { try row.finish(.accepted(S.accepted("w\(row.id)")), at: 1_000, connection) }
      // Nothing is due before the first place is a day old: nobody looks again and again.
      #expect(try S.nextDue(connection) == 1_000 + S.day)
      #expect(try DueSender.due(at: S.day, connection).isEmpty)
      #expect(
        try OutboundGates.closed(sender: "b", at: 2_000, connection).map(\.code) == ["PORTFOLIO_LIMIT_REACHED"])
      #expect(try S.take(100, at: 1_000 + S.day, lifetime: .max / 2, connection).rows.count == 10)
      #expect(try used(connection) == 10)
    }
    store.close()
  }

  @Test func `inside of windows the limit holds nobody back`() async throws {
    let store = try await store(people: 12)
    try await store.database.write { connection in
      #expect(try S.take(50, at: 1_000, connection).rows.count == 10)
      // A customer writes: the template that waited may go, and counts nobody.
      try connection.execute("UPDATE conversations SET window_expires_at = 100000 WHERE id = 'b/b11'")
      let inside = try S.take(50, at: 2_000, connection).rows
      #expect(inside.map(\.conversation) == ["b/b11"] && !inside[0].hasSlot)
      try S.conversation("a", with: "new", window: 100_000, connection)
      try S.queue(in: "a/new", at: 2_000, connection)
      try S.queue("template", in: "a/new", at: 2_000, connection)
      #expect(try S.take(50, at: 2_000, connection).rows.count == 1)
      #expect(try used(connection) == 10)
    }
    store.close()
  }

  @Test func `a window that closed while a template waited costs a place after all`() async throws {
    let store = try await store(people: 6)
    try await store.database.write { connection in
      try S.conversation("a", with: "late", window: 500, connection)
      let late = try S.queue("template", in: "a/late", at: 400, connection)
      // Twelve waiting and this one: ten go, none of them beyond the limit.
      let rows = try S.take(50, at: 1_000, connection).rows
      #expect(rows.count == 10)
      #expect(try used(connection) == 10)
      #expect(try S.take(50, at: 1_000, connection).rows.isEmpty)
      #expect(try S.status(late, connection) != nil)
    }
    store.close()
  }

  @Test func `who was written to within the day has a place already, from any sender`() async throws {
    let store = try await store(people: 0)
    try await store.database.write { connection in
      for contact in 0..<10 {
        try S.conversation("a", with: "c\(contact)", connection)
        try S.queue("template", in: "a/c\(contact)", connection)
      }
      let first = try S.take(50, at: 1_000, connection).rows
      #expect(first.count == 10)
      for row in first { try row.finish(.accepted(S.accepted(row.id)), at: 1_000, connection) }
      try S.conversation("b", with: "c3", connection)
      try S.queue("template", in: "b/c3", at: 2_000, connection)
      let again = try S.take(50, at: 2_000, connection).rows
      #expect(again.map(\.conversation) == ["b/c3"])
      // The place lasts a day from the last time.
      #expect(
        try connection.first(
          "SELECT reserved_at FROM portfolio_slots WHERE contact_id = 'c3'", map: { try $0.int64(0) }) == 2_000)
      #expect(try used(connection) == 10)
    }
    store.close()
  }

  @Test func `a place is given back when the send did not leave or Meta refused it, and kept otherwise`() async throws {
    let store = try await store(people: 5)
    try await store.database.write { connection in
      let rows = try S.take(50, at: 1_000, connection).rows
      #expect(rows.count == 10)
      try S.conversation("a", with: "next", connection)
      try S.queue("template", in: "a/next", at: 1_000, connection)
      #expect(try S.take(50, at: 1_000, connection).rows.isEmpty)
      try rows[0].finish(.accepted(S.accepted("w")), at: 1_001, connection)
      try rows[1].finish(.unknown("lost"), at: 1_001, connection)
      #expect(try used(connection) == 10)
      try rows[2].finish(.failed(SendErrors.error(forMeta: 131_026)), at: 1_001, connection)
      try rows[3].finish(SendPolicy.notSent("no route", attempts: 1, at: 1_001), at: 1_001, connection)
      #expect(try used(connection) == 8)
      // The gate opens with it.
      #expect(try S.take(50, at: 1_002, connection).rows.map(\.conversation) == ["a/next"])
      #expect(try used(connection) == 9)
    }
    store.close()
  }

  @Test func `a refused send leaves an earlier one's place alone`() async throws {
    let store = try await store(people: 1)
    try await store.database.write { connection in
      let row = try #require(try S.take(1, at: 1_000, connection).rows.first { $0.sender.id == "a" })
      try row.finish(.accepted(S.accepted("w")), at: 1_000, connection)
      try S.queue("template", in: "a/a0", at: 2_000, connection)
      let second = try #require(try S.take(1, at: 2_000, connection).rows.first { $0.sender.id == "a" })
      try second.finish(.failed(SendErrors.error(forMeta: 131_026)), at: 2_001, connection)
      #expect(
        try connection.first(
          "SELECT reserved_at FROM portfolio_slots WHERE contact_id = 'a0'", map: { try $0.int64(0) }) == 1_000)
    }
    store.close()
  }

  @Test func `a raised limit opens the gate at once`() async throws {
    let store = try await store(people: 20)
    try await store.database.write { connection in
      #expect(try S.take(50, at: 1_000, connection).rows.count == 10)
      #expect(try S.take(50, at: 1_000, connection).rows.isEmpty)
      // One number knows of it: the smaller one still counts.
      try S.sender("a", limit: "TIER_25", connection)
      #expect(try S.take(50, at: 1_001, connection).rows.isEmpty)
      try S.sender("b", limit: "TIER_25", connection)
      #expect(try S.take(50, at: 1_002, connection).rows.count == 15)
      try S.sender("a", limit: "TIER_UNLIMITED", connection)
      try S.sender("b", limit: "TIER_UNLIMITED", connection)
      #expect(try S.take(50, at: 1_003, connection).rows.count == 15)
    }
    store.close()
  }

  @Test func `80 percent and the limit are told once each`() async throws {
    let store = try await store(people: 10)
    try await store.database.write { connection in
      for step in 0..<10 { _ = try S.take(1, at: 1_000 + Int64(step), connection) }
      let told = try connection.all("SELECT payload FROM account_outbox ORDER BY rowid") {
        try JSONCoder.decode(SenderRegistryAPI.RecordMetaEvents.Event.self, from: try $0.blob(0))
      }
      let news = try told.map { try JSONCoder.decode(RouterNews.PortfolioUsage.self, from: Array($0.value.utf8)) }
      #expect(news.map(\.used) == [8, 10] && news.map(\.told) == [0, 80] && news.allSatisfy { $0.limit == 10 })
      #expect(told.allSatisfy { $0.field == RouterNews.PortfolioUsage.field && $0.wabaID == "w" })
    }
    store.close()
  }

  @Test func `the limit of another account's portfolio of the same name is its own`() async throws {
    let store = try await store(people: 10)
    try await store.database.write { connection in
      #expect(try S.take(50, at: 1_000, connection).rows.count == 10)
      try S.sender("z", limit: "TIER_10", connection)
      try connection.execute("UPDATE replica_senders SET account_id = 'acc_2' WHERE sender_id = 'z'")
      try S.conversation("z", with: "z0", connection)
      try S.queue("template", in: "z/z0", at: 1_000, connection)
      #expect(try S.take(50, at: 1_000, connection).rows.map(\.sender.id) == ["z"])
    }
    store.close()
  }
}
