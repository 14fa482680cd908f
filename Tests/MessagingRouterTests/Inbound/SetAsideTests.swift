import Contracts
import MessagingRouterHarness
import Store
import Telemetry
import TestSupport
import Testing
import Transport

@testable import MessagingRouter

/// What could not be stored, for people to look at.
@Suite struct SetAsideTests {
  @Test func `a body that is no JSON is kept whole while it is one of the last hundred`() async throws {
    let store = try await InboundStore()
    defer { store.close() }
    let body = String(repeating: "x", count: 200_000)
    #expect(try await store.take(body) == [.poison])
    #expect(try await store.text("SELECT length(raw) FROM inbox_poison") == ["200000"])
    try await store.database.write { connection in
      for id in 2..<(InboxRow.wholeBodies + 6) {
        try InboxRow.setAside(
          inboxID: Int64(id), path: "$", reason: "x", raw: [UInt8](repeating: 1, count: 70_000), at: 1, connection)
      }
      try InboxRow.setAside(
        inboxID: 999, path: "update[0]", reason: "x", raw: [UInt8](repeating: 1, count: 70_000), at: 1, connection)
    }
    #expect(
      try await store.text("SELECT count(*) FROM inbox_poison WHERE length(raw) > 65536") == ["\(InboxRow.wholeBodies)"]
    )
    #expect(try await store.text("SELECT length(raw) FROM inbox_poison ORDER BY id LIMIT 1") == ["65536"])
    #expect(try await store.text("SELECT length(raw) FROM inbox_poison WHERE inbox_id = 999") == ["65536"])
  }

  @Test func `what Meta says is wrong beside no message is kept for somebody to see`() async throws {
    let store = try await InboundStore()
    defer { store.close() }
    let errors =
      #"{"field":"messages","value":{"metadata":{"phone_number_id":"pn-1"},"errors":[{"code":131042,"title":"Business eligibility payment issue"}]}}"#
    #expect(try await store.take(WebhookBody.changes([errors])) == [.poison])
    let kept = try await store.text("SELECT path || CAST(raw AS TEXT) FROM inbox_poison")
    #expect(kept.count == 1 && kept.allSatisfy { $0.contains("131042") && $0.contains("update[0]") })
    // A step of a call beside its beginning is nothing to look at.
    let call =
      #"{"field":"calls","value":{"metadata":{"phone_number_id":"pn-1"},"calls":[{"id":"c1","event":"terminate","timestamp":"1","from":"491"}]}}"#
    #expect(try await store.take(WebhookBody.changes([call])) == [.ignored])
  }

  @Test func `an update that takes too long is set aside after three tries, and its lane goes on`() async throws {
    var limits = StoreLimits()
    limits.bodySeconds = 1
    let store = try TemporaryDatabase(Schema.migrations, limits: limits)
    let loop = try EventLoop(name: "inbox")
    defer { loop.stop() }
    try await store.database.write { connection in
      try connection.execute(
        """
        INSERT INTO replica_senders (sender_id, account_id, phone_number, display_name, status, waba_id,
          phone_number_id, portfolio_id, access_token)
        VALUES ('snd_1', 'acc_1', '+15550001000', 'Shop', 'online', 'waba-1', 'pn-1', 'p', 'token')
        """)
      try connection.execute(
        """
        CREATE TRIGGER slow BEFORE INSERT ON messages WHEN NEW.text = 'slow'
        BEGIN
          SELECT count(*) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n);
        END
        """)
      let texts = ["first", "slow", "last"].map { WebhookBody.text("wamid.\($0)", $0) }
      try InboxRow.insert(Array(WebhookBody.batch(messages: texts).utf8), at: 1, connection)
      try InboxRow.insert(
        Array(WebhookBody.batch(messages: [WebhookBody.text("wamid.next", "next")]).utf8), at: 1, connection)
    }
    let lines = CollectedLines()
    let worker = InboxWorker(
      keywords: OptOutKeywords(out: "", back: ""), database: store.database, loop: loop, clock: .system,
      log: Log(service: "test", level: .debug, sink: .collecting(into: lines)), metrics: Metrics(), onStored: {})
    worker.start()
    try await eventually(within: .seconds(60), "the lane is through") {
      try await store.database.read { try $0.first("SELECT count(*) FROM inbox") { try $0.int(0) } } == 0
    }
    await worker.stop()
    let (texts, aside) = try await store.database.read { connection in
      (
        try connection.all("SELECT text FROM messages ORDER BY sequence", map: { try $0.text(0) }),
        try connection.all("SELECT path || ' ' || reason FROM inbox_poison", map: { try $0.text(0) })
      )
    }
    #expect(texts == ["first", "last", "next"])
    #expect(aside.count == 1 && aside.allSatisfy { $0.hasPrefix("update[1] ") && $0.contains("timedOut") })
    #expect(!lines.ofEvent("inbox.portion_timed_out").isEmpty)
    store.database.close()
  }
}
