import Contracts
import Crypto
import HTTP
import JSON
import MessagingRouterHarness
import Store
import Telemetry
import TestSupport
import Testing
import Wire

@testable import MessagingRouter

/// What automation is told, from the router's transactions to `receipts`.
@Suite struct EventStreamTests {
  let sender = TestSender()

  @Test func `a customer's first message starts a conversation and is received, in this order`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.webhook(
        WebhookBody.batch(
          contacts: [WebhookBody.contact("4915112345678", name: #"Ann \"A\" Smith"#)],
          messages: [WebhookBody.text("wamid.1", "Are you open?")]))
      let started = try await harness.receipts.next(.conversationStarted)
      let received = try await harness.receipts.happenings.next("the message")
      #expect(received.type == .messageReceived)
      #expect(started.accountID.text == sender.account && started.senderID == sender.id)
      #expect(started.data["is_resumed"] == false && started.data["session"] == 1)
      #expect(started.data["text"] == "Are you open?")
      #expect(received.conversationID == started.conversationID)
      #expect(received.data["contact"]?["phone_number"] == "+4915112345678")
      #expect(received.data["contact"]?["name"] == "Ann \"A\" Smith")
      #expect(received.data["sender"]?["phone_number"]?.string == sender.phoneNumber.text)
      #expect(received.data["type"] == "text" && received.data["text"] == "Are you open?")
      #expect(received.data["message_id"]?.string?.hasPrefix("msg_") == true)
      #expect(received.data["timestamp"] == "2026-01-01T00:00:00.000Z")
    }
  }

  @Test func `a message that Meta sends twice is one event`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      for _ in 1...3 {
        try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.1", "hello")]))
      }
      try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.2", "again")]))
      var texts: [String?] = []
      while texts.last != "again" {
        texts.append(try await harness.receipts.next(.messageReceived).data["text"]?.string)
      }
      #expect(texts == ["hello", "again"])
    }
  }

  @Test func `a conversation ends once after the idle time, with what was said, and may be resumed`() async throws {
    try await MessagingRouterHarness.run(["CONVERSATION_IDLE_MINUTES": "5"], senders: [sender]) { harness, router in
      try await router.open(sender)
      let id = try await router.send("Yes, until six.", from: sender).id.text
      try await router.becomes(id, "accepted")
      try await router.isQuiet()
      harness.time.advance(by: .seconds(240))
      try await router.webhook(
        WebhookBody.batch(messages: [WebhookBody.text("wamid.3", "Thanks", at: 1_767_225_840)]))
      try await eventually("stored") { try await router.count("messages") == 3 }
      // What was told of the message itself has left.
      try await router.isQuiet()
      // Five minutes after the first message, one after the last.
      harness.time.advance(by: .seconds(61))
      router.service.clockWasSet()
      try await eventually("looked at") {
        try await router.text("SELECT due_at - last_activity_at FROM conversation_sessions") == ["300000"]
      }
      #expect(try await router.count("event_outbox") == 0)
      harness.time.advance(by: .seconds(240))
      router.service.clockWasSet()
      let ended = try await harness.receipts.next(.conversationEnded)
      #expect(ended.data["message_count"] == 3 && ended.data["is_truncated"] == false)
      let said = ended.data["transcript"]?.array ?? []
      #expect(said.map { $0["role"]?.string } == ["user", "human", "user"])
      #expect(said.map { $0["text"]?.string } == ["hello", "Yes, until six.", "Thanks"])
      #expect(ended.data["contact"]?["phone_number"] == "+4915112345678")
      #expect(ended.data["started_at"] == "2026-01-01T00:00:00.000Z")

      try await router.open(sender, id: "wamid.4")
      let resumed = try await harness.receipts.next(.conversationStarted)
      #expect(resumed.data["is_resumed"] == true && resumed.data["session"] == 2)
      harness.time.advance(by: .seconds(61))
      router.service.clockWasSet()
      harness.time.advance(by: .seconds(300))
      router.service.clockWasSet()
      let second = try await harness.receipts.next(.conversationEnded)
      // Only what was said since.
      #expect(second.data["transcript"]?.array?.count == 1 && second.data["session"] == 2)
    }
  }

  @Test func `a stop between the end and its hand-over tells of it once`() async throws {
    try await MessagingRouterHarness.run(["CONVERSATION_IDLE_MINUTES": "1"], senders: [sender]) { harness, router in
      try await router.open(sender)
      try await router.isQuiet()
      let taken = AsyncBox<[EventID]>()
      harness.receipts.answering { events in
        // Stored there, but the answer never comes.
        taken.put(events.compactMap(\.id))
        throw CallFailure.internal("died")
      }
      harness.time.advance(by: .seconds(61))
      router.service.clockWasSet()
      let first = try await taken.next("the end")
      await router.stop()
      harness.receipts.answering { $0.map { _ in .stored } }
      let again = try await harness.start()
      let ended = try await harness.receipts.next(.conversationEnded)
      #expect(first == [ended.id])
      #expect(try await again.text("SELECT due_at FROM conversation_sessions") == ["NULL"])
      try await eventually("handed over") { try await again.count("event_outbox") == 0 }
      #expect(harness.receipts.happenings.count == 0)
    }
  }

  @Test func `a long conversation is cut to its end, and says so`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender)
      try await router.database.write { connection in
        try connection.execute(
          """
          WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 500)
          INSERT INTO messages (id, account_id, sender_id, conversation_id, direction, type, text, status, origin,
            created_at, updated_at)
          SELECT printf('msg_%026d', i), account_id, sender_id, conversation_id, 'inbound', 'text',
            CAST(i AS TEXT) || ?, 'received', 'customer', created_at, created_at FROM n, messages
          """, String(repeating: "\u{1}ü", count: 700))
      }
      harness.time.advance(by: .seconds(61))
      router.service.clockWasSet()
      harness.time.advance(by: .seconds(1_800))
      router.service.clockWasSet()
      let ended = try await harness.receipts.next(.conversationEnded)
      #expect(ended.data["message_count"] == 501 && ended.data["is_truncated"] == true)
      let said = ended.data["transcript"]?.array ?? []
      #expect((40...200).contains(said.count))
      #expect(said.last?["text"]?.string?.hasPrefix("500") == true)
      #expect(try JSONCoder.encode(ended.data).count < 1 << 20)
    }
  }

  @Test func `each change of a sender is told once, a copy of all of them tells nothing new`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let first = try await harness.receipts.next(.senderStatus)
      #expect(first.data["status"] == "online" && first.data["previous_status"] == .null)
      var changed = sender
      changed.status = .offline
      harness.registry.publish(changed)
      let second = try await harness.receipts.next(.senderStatus)
      #expect(second.data["status"] == "offline" && second.data["previous_status"] == "online")
      #expect(second.data["sender"]?["phone_number"]?.string == sender.phoneNumber.text)
      #expect(second.senderID == sender.id && second.accountID.text == sender.account)
      // As a snapshot does.
      try await router.database.write { connection in
        try connection.execute("CREATE TEMP TABLE all_senders AS SELECT * FROM replica_senders")
        try connection.execute("DELETE FROM replica_senders")
        try connection.execute("INSERT INTO replica_senders SELECT * FROM all_senders")
      }
      router.service.clockWasSet()
      try await eventually("looked at") { try await router.count("sender_changes") == 0 }
      try await router.isQuiet()
      #expect(harness.receipts.happenings.count == 0)
      try await router.database.write { try $0.execute("DELETE FROM replica_senders") }
      router.service.clockWasSet()
      #expect(try await harness.receipts.next(.senderStatus).data["status"] == "deleted")
    }
  }

  @Test func `a template's change is told of, steps and happenings share one order`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.isQuiet()
      let account = AccountID(trusted: sender.account)
      try await router.database.write { connection in
        try AutomationOutbox.templateChanged(
          TemplateID(trusted: "tpl_01KDXH0000AAAAAAAAAAAAAAAA"), name: "order_ready", language: "en_US",
          category: "utility", status: "rejected", change: "status", before: "pending", after: "rejected",
          reason: "INVALID_FORMAT", account: account, at: 0, connection)
      }
      try await router.open(sender)
      let told = try await harness.receipts.next(.templateStatus)
      #expect(told.data["status"] == "rejected" && told.data["before"] == "pending")
      #expect(told.data["name"] == "order_ready" && told.data["reason"] == "INVALID_FORMAT")
      _ = try await harness.receipts.next(.conversationStarted)
    }
  }

  @Test func `events wait while receipts fails and keep their order`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.isQuiet()
      harness.receipts.answering { _ in throw CallFailure.internal("down") }
      for number in 1...5 {
        try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.\(number)", "\(number)")]))
        try await eventually("stored") { try await router.count("messages") == number }
      }
      harness.receipts.answering { $0.map { _ in .stored } }
      harness.time.advance(by: .seconds(6))
      router.service.clockWasSet()
      for number in 1...5 {
        #expect(try await harness.receipts.next(.messageReceived).data["text"]?.string == "\(number)")
      }
    }
  }
}
