import Contracts
import Crypto
import HTTP
import JSON
import MessagingRouter
import MessagingRouterHarness
import Store
import Telemetry
import TestSupport
import Testing
import Wire

@Suite struct HandoverTests {
  let sender = TestSender()

  /// A message of ours that Meta has accepted, and then sent, delivered and read.
  private func run(_ body: (MessagingRouterHarness, RunningRouter, () async throws -> String) async throws -> Void)
    async throws
  {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender)
      try await router.isQuiet()
      try await body(harness, router) {
        let id = try await router.send("hi", from: sender).id.text
        try await router.becomes(id, "accepted")
        try await router.webhook(
          WebhookBody.batch(
            statuses: ["sent", "delivered", "read"].map { WebhookBody.status($0, of: "wamid.of.\(id)") }))
        try await router.becomes(id, "read")
        return id
      }
    }
  }

  @Test func `events wait while receipts fails, and arrive under the same ids`() async throws {
    try await run { harness, router, message in
      let tried = AsyncBox<[EventID]>()
      harness.receipts.answering { events in
        tried.put(events.compactMap { $0.status?.id })
        throw CallFailure.internal("down")
      }
      _ = try await message()
      let first = try await tried.next("a try")
      harness.receipts.answering { $0.map { _ in .stored } }
      try await eventually("handed over") {
        harness.time.advance(by: .seconds(5))
        router.service.clockWasSet()
        return try await router.count("event_outbox") == 0
      }
      let events = try await harness.receipts.events(3)
      #expect(events.map(\.status) == [.sent, .delivered, .read])
      #expect(Set(first).isSubset(of: Set(events.map(\.id))))
    }
  }

  @Test func `each event has its own outcome, a refused one is kept aside and the others are done`() async throws {
    try await run { harness, router, message in
      harness.receipts.answering {
        $0.map { $0.status?.status == .delivered ? .refused : $0.status?.status == .read ? .known : .stored }
      }
      _ = try await message()
      try await eventually("dealt with") {
        try await router.count("event_outbox") == 0
      }
      #expect(try await router.text("SELECT reason FROM event_outbox_refused") == ["refused by its receiver"])
    }
  }

  @Test(arguments: ["?", "{}", #"{"status":{"id":"evt_0"}}"#])
  func `an event that cannot be read is kept aside, the others go on`(event: String) async throws {
    try await run { harness, router, message in
      try await router.database.write { connection in
        try connection.execute("INSERT INTO event_outbox (event) VALUES (CAST(? AS BLOB))", event)
      }
      if event == "{}" { harness.receipts.answering { $0.map { $0.id == nil ? .refused : .stored } } }
      _ = try await message()
      _ = try await harness.receipts.events(3)
      try await eventually("kept aside") {
        try await router.text("SELECT CAST(event AS TEXT) FROM event_outbox_refused") == [event]
      }
      try await eventually("handed over") { try await router.count("event_outbox") == 0 }
    }
  }

  @Test func `too few outcomes are an error, not a loss`() async throws {
    try await run { harness, router, message in
      harness.receipts.answering { _ in [] }
      _ = try await message()
      try await eventually("tried") {
        harness.lines.ofEvent("handover.failed").contains { "\($0)".contains("REPLY_UNREADABLE") }
      }
      #expect(try await router.count("event_outbox") >= 3)
      #expect(try await router.count("event_outbox_refused") == 0)
    }
  }
}
