import Contracts
import JSON
import Store
import Testing

@testable import MessagingRouter

/// What Meta's refusals hold back, and what they do not.
@Suite struct GateTests {
  typealias S = SchedulerStore

  /// Two senders of one WABA and one of another, each with an answer and a broadcast to each of three contacts.
  private func store() async throws -> SchedulerStore {
    let store = try SchedulerStore()
    try await store.database.write { connection in
      for (sender, waba) in [("a", "w1"), ("b", "w1"), ("c", "w2")] {
        try S.sender(sender, waba: waba, connection)
        for contact in 0..<3 {
          try S.conversation(sender, with: "c\(contact)", window: .max, connection)
          try S.queue(in: "\(sender)/c\(contact)", priority: contact == 0 ? .answer : .broadcast, connection)
        }
      }
    }
    return store
  }

  private func close(_ code: Int, at now: Int64, _ connection: Connection) throws -> SendPause {
    let pause = try #require(SendPolicy.pause(forMeta: code, SendErrors.error(forMeta: code), at: now))
    try OutboundGates.close(pause, sender: "a", account: "w1", conversation: "a/c0", at: now, connection)
    return pause
  }

  private func due(at now: Int64, _ connection: Connection) throws -> Set<String> {
    Set(
      try DueSender.due(at: now, connection).flatMap { sender in
        sender.groups.map { "\(sender.id)\($0.priority.rawValue)" }
      })
  }

  @Test(arguments: [
    (130_429, ["b0", "b2", "c0", "c2"], Int64(1_000)), (131_057, ["b0", "b2", "c0", "c2"], 60_000),
    (131_042, ["b0", "b2", "c0", "c2"], 600_000), (190, ["b0", "b2", "c0", "c2"], 600_000),
    (4, ["c0", "c2"], 60_000), (80_007, ["c0", "c2"], 60_000),
    (131_048, ["a0", "b0", "b2", "c0", "c2"], 86_400_000), (131_026, ["a0", "a2", "b0", "b2", "c0", "c2"], 0),
  ])
  func `an error holds back what it is about, for its time`(code: Int, due left: [String], wait: Int64) async throws {
    let store = try await store()
    try await store.database.write { connection in
      if code == 131_026 {
        #expect(SendPolicy.pause(forMeta: code, SendErrors.error(forMeta: code), at: 0) == nil)
      } else {
        let pause = try close(code, at: 1_000, connection)
        #expect(pause.until == 1_000 + wait)
      }
      #expect(try due(at: 1_000, connection) == Set(left))
      #expect(try due(at: 1_000 + wait, connection).count == 6)
      if wait > 0 { #expect(try due(at: 999 + wait, connection) == Set(left)) }
    }
    store.close()
  }

  @Test func `closing a gate touches no lane`() async throws {
    let store = try await store()
    try await store.database.write { connection in
      try connection.execute("CREATE TEMP TABLE touched (n INTEGER)")
      for event in ["INSERT", "UPDATE", "DELETE"] {
        try connection.execute(
          "CREATE TEMP TRIGGER t\(event) AFTER \(event) ON main.outbound_lanes BEGIN INSERT INTO touched VALUES (1); END"
        )
      }
      _ = try close(131_042, at: 1_000, connection)
      _ = try close(4, at: 1_000, connection)
      _ = try close(131_048, at: 1_000, connection)
      #expect(try connection.first("SELECT count(*) FROM touched", map: { try $0.int(0) }) == 0)
    }
    store.close()
  }

  @Test func `a stopped number is tried by one message after its pause, and opened by the first that is accepted`()
    async throws
  {
    let store = try await store()
    try await store.database.write { connection in
      let pause = try close(131_042, at: 1_000, connection)
      let sender = try #require(try DueSender.due(at: pause.until, connection).first { $0.id == "a" })
      #expect(sender.isProbing)
      // Refused again: closed for as long again, and it is no news.
      let row = try #require(try S.take(1, at: pause.until, connection).rows.first { $0.sender.id == "a" })
      let (outcome, again) = SendPolicy.refused(
        SendErrors.error(forMeta: 131_042), code: 131_042, retryAfter: nil, attempts: 1, at: pause.until)
      try row.finish(outcome, pause: again, at: pause.until, connection)
      #expect(try S.status(row.id, connection) == "failed")
      #expect(try due(at: pause.until, connection).contains("a2") == false)
      // The registry tells of the sender anew, as after a reconnect: it may be tried at once.
      try S.sender("a", waba: "w1", connection)
      let probe = try #require(try S.take(1, at: pause.until, connection).rows.first { $0.sender.id == "a" })
      #expect(probe.sender.isProbing)
      try probe.finish(.accepted(S.accepted("w")), at: pause.until, connection)
      #expect(try OutboundGates.closed(sender: "a", at: pause.until, connection).isEmpty)
      let opened = try #require(try DueSender.due(at: pause.until, connection).first { $0.id == "a" })
      #expect(!opened.isProbing)
    }
    store.close()
  }

  @Test func `a stop is told to the registry once`() async throws {
    let store = try await store()
    try await store.database.write { connection in
      for now in [1_000, 700_000, 1_400_000] as [Int64] { _ = try close(131_042, at: now, connection) }
      _ = try close(131_048, at: 2_000_000, connection)
      let told = try connection.all("SELECT payload FROM account_outbox ORDER BY rowid") {
        try JSONCoder.decode(SenderRegistryAPI.RecordMetaEvents.Event.self, from: try $0.blob(0))
      }
      #expect(told.map(\.field) == Array(repeating: RouterNews.SendingStopped.field, count: 2))
      let news = try told.map { try JSONCoder.decode(RouterNews.SendingStopped.self, from: Array($0.value.utf8)) }
      #expect(news.map(\.code) == ["PAYMENT_PROBLEM", "SPAM_LIMIT"])
      #expect(news.map(\.onlyBroadcasts) == [false, true] && news.allSatisfy { $0.phoneNumberID == "pn-a" })
    }
    store.close()
  }

  @Test func `a short pause does not end a long one`() async throws {
    let store = try await store()
    try await store.database.write { connection in
      let long = try close(131_042, at: 1_000, connection)
      _ = try close(130_429, at: 2_000, connection)
      let closed = try OutboundGates.closed(sender: "a", at: 2_000, connection)
      #expect(closed.map(\.code) == ["PAYMENT_PROBLEM"])
      #expect(closed.first?.until.milliseconds == long.until)
      try OutboundGates.resume(sender: "a", at: 3_000, connection)
      #expect(try due(at: 3_000, connection).isSuperset(of: ["a0", "a2"]))
      #expect(try DueSender.due(at: 3_000, connection).first { $0.id == "a" }?.isProbing == true)
    }
    store.close()
  }
}
