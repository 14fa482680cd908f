import Contracts
import JSON
import Store
import Testing

@testable import MessagingRouter

/// The ends of messages' times.
@Suite struct ExpiryTests {
  typealias S = SchedulerStore

  private func events(_ connection: Connection) throws -> [JSONValue] {
    try connection.all("SELECT event FROM event_outbox ORDER BY sequence") {
      try JSONValue(parsing: try $0.blob(0))["status"] ?? .null
    }
  }

  @Test func `a message whose time is over ends as expired and is told, also of a sender that is offline`() async throws
  {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      try S.sender("on", connection)
      try S.sender("off", status: "offline", connection)
      for sender in ["on", "off"] { try S.conversation(sender, with: "c", window: .max, connection) }
      let own = try S.queue(in: "off/c", at: 0, expiresAt: 5_000, connection)
      let usual = try S.queue(in: "off/c", at: 0, connection)
      let scheduled = try S.queue(in: "on/c", at: 0, sendAt: 50_000, connection)
      #expect(try OutboundEnds.next(lifetime: 20_000, connection) == 5_000)
      #expect(try OutboundEnds.run(lifetime: 20_000, at: 4_999, connection) == 0)
      #expect(try OutboundEnds.run(lifetime: 20_000, at: 5_000, connection) == 1)
      #expect(try S.status(own, connection) == "expired")
      #expect(try OutboundEnds.next(lifetime: 20_000, connection) == 20_000)
      #expect(try OutboundEnds.run(lifetime: 20_000, at: 20_000, connection) == 1)
      #expect(try S.status(usual, connection) == "expired")
      // The time of one that is asked for later begins later.
      #expect(try OutboundEnds.next(lifetime: 20_000, connection) == 50_000)
      #expect(try OutboundEnds.run(lifetime: 20_000, at: 50_000, connection) == 0)
      #expect(try OutboundEnds.run(lifetime: 20_000, at: 70_000, connection) == 1)
      #expect(try S.status(scheduled, connection) == "expired")
      #expect(try OutboundEnds.next(lifetime: 20_000, connection) == nil)
      let told = try events(connection)
      #expect(told.map { $0["status"] } == ["expired", "expired", "expired"])
      #expect(told.allSatisfy { $0["error"]?["code"] == "MESSAGE_EXPIRED" && $0["error"]?["next_step"] != nil })
    }
    store.close()
  }

  @Test func `a message is not sent at the moment its time is over`() async throws {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      try S.sender("s", connection)
      try S.conversation("s", with: "c", window: .max, connection)
      let message = try S.queue(in: "s/c", at: 0, expiresAt: 5_000, connection)
      let take = try S.take(at: 5_000, connection)
      #expect(take.rows.isEmpty && take.ended == 1)
      #expect(try S.status(message, connection) == "expired")
      #expect(try S.take(at: 5_001, connection).ended == 0)
    }
    store.close()
  }

  @Test func `a bounded number expires at once`() async throws {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      try S.sender("s", status: "offline", connection)
      try S.conversation("s", with: "c", window: .max, connection)
      for _ in 0..<(OutboundEnds.atOnce + 50) { try S.queue(in: "s/c", at: 0, expiresAt: 1, connection) }
      #expect(try OutboundEnds.run(lifetime: S.day, at: 10, connection) == OutboundEnds.atOnce)
      #expect(try OutboundEnds.run(lifetime: S.day, at: 10, connection) == 50)
    }
    store.close()
  }
}
