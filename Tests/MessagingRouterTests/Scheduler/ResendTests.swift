import Contracts
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport
import Wire

@testable import MessagingRouter

/// A message that asked for it is queued once more when it failed for a reason that may be over later.
@Suite struct ResendTests: SendScene {
  typealias S = SchedulerStore
  let sender = TestSender()
  private static let day: Int64 = 86_400_000

  @Test(arguments: [
    (131_049, Int64?.some(86_400_000)), (131_057, 256_000), (4, 256_000), (131_016, 256_000), (131_056, 256_000),
    (131_045, 600_000), (1, 256_000), (130_472, nil), (131_026, nil), (131_047, nil), (131_050, nil), (131_053, nil),
    (132_001, nil), (190, nil), (999_999, nil),
  ]) func `the error table says whether, and after what time`(_ code: Int, _ delay: Int64?) {
    #expect(SendErrorTable.rule(for: code)?.resendDelay == delay)
  }

  /// A store with one message on its way that may be sent once more.
  private func onItsWay(
    _ type: String = "template", window: Int64 = .max, expiresAt: Int64? = nil, isAsked: Bool = true
  ) async throws -> (SchedulerStore, OutboundRow) {
    let store = try SchedulerStore()
    let row = try await store.database.write { connection in
      try S.sender("a", connection)
      try S.conversation("a", with: "c", window: window, connection)
      let id = try S.queue(type, in: "a/c", at: 1_000, expiresAt: expiresAt, connection)
      if isAsked { try Resend.ask(for: MessageID(trusted: id), connection) }
      return try #require(try S.take(at: 1_000, connection).rows.first)
    }
    return (store, row)
  }

  private func fail(_ row: OutboundRow, _ code: Int, _ connection: Connection) throws {
    try row.finish(.failed(SendErrors.error(forMeta: code)), at: 2_000, connection)
  }

  private static func copies(_ connection: Connection) throws -> Int? {
    try connection.first("SELECT count(*) FROM messages WHERE resent_from IS NOT NULL", map: { try $0.int(0) })
  }

  @Test func `the copy comes in the transaction of the failure, and once`() async throws {
    struct Died: Error {}
    let (store, row) = try await onItsWay()
    // The process dies before the commit: neither is there.
    await #expect(throws: Died.self) {
      try await store.database.write { connection in
        try fail(row, 131_049, connection)
        #expect(try Self.copies(connection) == 1)
        throw Died()
      }
    }
    try await store.database.write { connection in
      #expect(try Self.copies(connection) == 0)
      #expect(try S.status(row.id, connection) == "sending")
      for _ in 0..<3 { try fail(row, 131_049, connection) }
      #expect(try Self.copies(connection) == 1)
      let copy = try #require(
        try connection.first(
          "SELECT id FROM messages WHERE resent_from = ? AND is_scheduled = 1 AND send_at = ?", row.id,
          2_000 + Self.day, map: { try $0.text(0) }))
      let shown = try #require(try MessageRow.find(id: row.id, account: S.account, connection))
      #expect(shown.resentAs?.text == copy && shown.resentFrom == nil && shown.status == .failed)
      // It is bounded: a copy that fails is not copied.
      _ = try OutboundEnds.run(lifetime: 10 * Self.day, at: 2_000 + Self.day, connection)
      let second = try #require(
        try S.take(at: 2_000 + Self.day, lifetime: 10 * Self.day, connection).rows.first { $0.id == copy })
      try second.finish(.failed(SendErrors.error(forMeta: 131_049)), at: 2_000 + Self.day, connection)
      #expect(try S.status(copy, connection) == "failed")
      #expect(try Self.copies(connection) == 1)
    }
    store.close()
  }

  struct Without: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var type = "template"
    var window = Int64.max
    var expiresAt: Int64?
    var isAsked = true
    var code = 131_049
    var sql: String?
  }

  @Test(arguments: [
    Without(testDescription: "nobody asked", isAsked: false),
    Without(testDescription: "the reason stays", code: 131_026),
    Without(testDescription: "its time would be over", expiresAt: 2_000 + day),
    Without(testDescription: "the window would be closed", type: "text", window: 2_000 + day),
    Without(
      testDescription: "the person is being erased",
      sql: "INSERT INTO erased_conversations (conversation_id, contact_id) VALUES ('a/c', 'c')"),
  ]) func `there is no copy when`(_ test: Without) async throws {
    let (store, row) = try await onItsWay(
      test.type, window: test.window, expiresAt: test.expiresAt, isAsked: test.isAsked)
    try await store.database.write { connection in
      if let sql = test.sql { try connection.execute(sql) }
      try fail(row, test.code, connection)
      #expect(try S.status(row.id, connection) == "failed")
      #expect(try Self.copies(connection) == 0)
    }
    store.close()
  }

  @Test func `a marketing message that Meta's cap stopped goes out a day later`() async throws {
    try await run { harness, router in
      let offer = TemplateMessage(name: "offer", language: TemplateLanguage(code: "de"))
      let first = try await send(router) {
        $0.template = offer
        $0.resend = true
      }
      let plain = try await send(router) { $0.template = offer }
      func get(_ id: MessageID) async throws -> Message {
        try await router.caller.call(MessagingRouterAPI.GetMessage(id: id), account: sender.account)
      }
      for message in [first, plain] { try await router.becomes(message.id.text, "accepted") }
      let body = WebhookBody.batch(
        statuses: [first, plain].map {
          WebhookBody.status("failed", of: "wamid.of.\($0.id.text)", errorCode: 131_049)
        })
      for _ in 0..<2 { try await router.webhook(body) }
      for message in [first, plain] { try await router.becomes(message.id.text, "failed") }
      try await router.inboxIsEmpty()
      #expect(try await get(plain.id).resentAs == nil)
      let copy = try await get(try #require(try await get(first.id).resentAs))
      #expect(copy.resentFrom == first.id && copy.waiting == .scheduled)
      #expect(copy.sendAt == Timestamp(milliseconds: harness.time.now + Self.day))
      #expect(copy.text == first.text && copy.content == first.content && copy.templateID == first.templateID)
      #expect(try await router.text("SELECT count(*) FROM messages WHERE resent_from IS NOT NULL") == ["1"])
      harness.time.advance(by: .seconds(86_400))
      router.service.clockWasSet()
      try await router.becomes(copy.id.text, "accepted")
      #expect(harness.graph.requests == 3)
    }
  }
}

extension RunningRouter {
  /// Waits until every stored body was worked through.
  func inboxIsEmpty() async throws {
    try await eventually("the inbox is empty") {
      try await text("SELECT count(*) FROM inbox WHERE state = 0") == ["0"]
    }
  }
}
