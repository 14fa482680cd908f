import Contracts
import MessagingRouterHarness
import Store
import TestSupport
import Testing

@Suite struct StatusTests {
  /// A message of ours that Meta has accepted.
  private func accepted(_ harness: MessagingRouterHarness, _ router: RunningRouter) async throws -> String {
    try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.in", "hello")]))
    let id = MetaAnswers.callbackData(try await harness.graph.arrived.next("the reply"))
    try await router.becomes(id, "accepted")
    return id
  }

  private func run(_ body: (MessagingRouterHarness, RunningRouter, String) async throws -> Void) async throws {
    let sender = TestSender()
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.assist(sender)
      try await body(harness, router, try await accepted(harness, router))
    }
  }

  private func tell(_ router: RunningRouter, _ statuses: String..., of id: String, code: Int? = nil) async throws {
    try await router.webhook(
      WebhookBody.batch(
        statuses: statuses.map { WebhookBody.status($0, of: "wamid.of.\(id)", errorCode: $0 == "failed" ? code : nil) })
    )
  }

  @Test func `the same message twice in one batch and in two is one message and one reply`() async throws {
    let sender = TestSender()
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.assist(sender)
      let message = WebhookBody.text("wamid.in", "hello")
      try await router.webhook(WebhookBody.batch(messages: [message, message]))
      try await router.webhook(WebhookBody.batch(messages: [message]))
      let id = MetaAnswers.callbackData(try await harness.graph.arrived.next("the reply"))
      try await router.becomes(id, "accepted")
      try await router.webhook(WebhookBody.batch(messages: [message]))
      try await router.isQuiet()
      #expect(try await router.count("messages") == 2)
      #expect(harness.graph.requests == 1)
    }
  }

  @Test func `the same status twice is told once`() async throws {
    try await run { harness, router, id in
      try await tell(router, "sent", "sent", of: id)
      try await tell(router, "sent", of: id)
      try await tell(router, "delivered", of: id)
      let events = try await harness.receipts.events(2)
      #expect(events.map(\.status) == [.sent, .delivered])
      try await router.isQuiet()
      #expect(harness.receipts.arrived.count == 0)
    }
  }

  @Test func `read before delivered tells a made delivered first, and the real one is not told again`() async throws {
    try await run { harness, router, id in
      try await tell(router, "sent", of: id)
      try await tell(router, "read", of: id)
      try await tell(router, "delivered", of: id)
      let events = try await harness.receipts.events(3)
      #expect(events.map(\.status) == [.sent, .delivered, .read])
      #expect(events.map(\.isSynthesized) == [false, true, false])
      try await router.isQuiet()
      #expect(harness.receipts.arrived.count == 0)
      #expect(try await router.status(id) == "read")
    }
  }

  @Test func `a sent that comes after read is told and not applied`() async throws {
    try await run { harness, router, id in
      try await tell(router, "read", of: id)
      try await tell(router, "sent", of: id)
      let events = try await harness.receipts.events(3)
      #expect(events.map(\.status) == [.delivered, .read, .sent])
      #expect(events.map(\.sequence) == [1, 2, 3])
      #expect(try await router.status(id) == "read")
    }
  }

  @Test func `failed after sent is applied with Meta's words, failed after read is not`() async throws {
    try await run { harness, router, id in
      try await tell(router, "sent", of: id)
      try await tell(router, "failed", of: id, code: 131_047)
      let events = try await harness.receipts.events(2)
      #expect(events.last?.error?.code == "SESSION_EXPIRED")
      #expect(events.last?.error?.metaCode == 131_047)
      #expect(events.last?.error?.metaDetails == "why")
      #expect(try await router.status(id) == "failed")
      #expect(try await router.text("SELECT error_code FROM messages WHERE id = '\(id)'") == ["SESSION_EXPIRED"])
    }
    try await run { _, router, id in
      try await tell(router, "read", of: id)
      try await tell(router, "failed", of: id, code: 131_047)
      try await router.isQuiet()
      #expect(try await router.status(id) == "read")
    }
  }

  @Test func `a status of a message that is not ours is held, and the oldest give way`() async throws {
    try await run { harness, router, _ in
      try await router.webhook(
        WebhookBody.batch(statuses: [WebhookBody.status("sent", of: "wamid.foreign")]))
      try await router.isQuiet()
      #expect(try await router.count("held_statuses") == 1)
      #expect(harness.receipts.arrived.count == 0)
      // The sequence of ids jumps ahead by the limit: the first is the one too many.
      try await router.database.write {
        try $0.execute("UPDATE sqlite_sequence SET seq = seq + 100000 WHERE name = 'held_statuses'")
      }
      try await router.webhook(WebhookBody.batch(statuses: [WebhookBody.status("read", of: "wamid.other")]))
      try await router.isQuiet()
      #expect(try await router.text("SELECT meta_message_id FROM held_statuses") == ["wamid.other"])
    }
  }

  @Test func `statuses with new names and of other fields are ignored`() async throws {
    try await run { harness, router, id in
      try await tell(router, "teleported", "accepted", "queued", of: id)
      try await router.webhook(WebhookBody.changes([#"{"field":"account_update","value":{"event":"X"}}"#]))
      try await router.isQuiet()
      #expect(try await router.status(id) == "accepted")
      #expect(harness.receipts.arrived.count == 0)
      #expect(try await router.count("inbox_poison") == 0)
    }
  }
}
