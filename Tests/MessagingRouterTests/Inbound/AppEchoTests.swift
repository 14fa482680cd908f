import Contracts
import HTTP
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport

@Suite struct AppEchoTests {
  private let sender = TestSender()

  private func echo(
    _ id: String, _ text: String, to: String = "4915112345678", at seconds: Int64 = 1_767_225_601
  ) -> String {
    WebhookBody.changes([
      #"{"field":"smb_message_echoes","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001001","phone_number_id":"pn-1"},"message_echoes":[{"from":"15550001001","to":"\#(to)","id":"\#(id)","timestamp":"\#(seconds)","type":"text","text":{"body":"\#(text)"}}]}}"#
    ])
  }

  @Test func `what a person writes in the app is an outbound message of the conversation`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender)
      try await router.webhook(echo("wamid.echo", "I will call you"))
      try await router.webhook(echo("wamid.echo", "I will call you"))
      try await router.isQuiet()
      let conversations = try await router.caller.call(
        MessagingRouterAPI.ListConversations(senderID: sender.id), account: sender.account)
      let conversation = try #require(conversations.data.first)
      #expect(conversations.data.count == 1)
      let messages = try await router.caller.call(
        MessagingRouterAPI.ListMessages(conversationID: conversation.id), account: sender.account)
      #expect(messages.data.map(\.text) == ["I will call you", "hello"])
      let echo = try #require(messages.data.first)
      #expect(echo.origin == .app && echo.direction == .outbound && echo.status == .sent)
      #expect(harness.graph.requests == 0 && harness.receipts.arrived.count == 0)
    }
  }

  @Test func `an echo to somebody new makes a conversation whose window stays closed`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await router.webhook(echo("wamid.echo", "Your order is ready"))
      try await router.isQuiet()
      #expect(try await router.text("SELECT coalesce(window_expires_at, 'closed') FROM conversations") == ["closed"])
      #expect(try await router.text("SELECT phone_number FROM contacts") == ["+4915112345678"])
    }
  }

  @Test func `an echo of a message that we sent ourselves is not doubled, whichever comes first`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender)
      let after = try await router.send("one", from: sender).id.text
      try await router.becomes(after, "accepted")
      try await router.webhook(echo("wamid.of.\(after)", "one"))
      try await router.isQuiet()
      #expect(try await router.text("SELECT count(*) FROM messages WHERE direction = 'outbound'") == ["1"])

      // The echo is told while Meta's answer is under way.
      let latch = Latch()
      harness.graph.answering { request in
        try? await latch.wait()
        return MetaAnswers.accepted(request)
      }
      let before = try await router.send("two", from: sender).id.text
      _ = try await harness.graph.arrived.next("the first send")
      _ = try await harness.graph.arrived.next("the second send")
      try await router.webhook(echo("wamid.of.\(before)", "two"))
      try await router.webhook(WebhookBody.batch(statuses: [WebhookBody.status("delivered", of: "wamid.of.\(before)")]))
      try await eventually("the echo is stored") { try await router.count("inbox") == 0 }
      latch.open()
      try await router.becomes(before, "delivered")
      #expect(try await router.text("SELECT id FROM messages WHERE text = 'two'") == [before])
      #expect(try await router.text("SELECT message_id FROM message_statuses") == [before])
    }
  }

  @Test func `the assistant is silent about everything before a person's answer`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.assist(sender)
      let latch = Latch()
      harness.model.answering { request in
        try? await latch.wait()
        return MetaAnswers.completion("re: " + MetaAnswers.question(request))
      }
      // One is being answered, one waits behind it.
      try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.1", "first", at: 1_767_225_590)]))
      _ = try await harness.model.arrived.next("the question")
      try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.2", "second", at: 1_767_225_591)]))
      try await router.webhook(echo("wamid.echo", "I am here", at: 1_767_225_595))
      // Older than the person's answer, told later.
      try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.3", "third", at: 1_767_225_594)]))
      try await eventually("stored") { try await router.count("inbox") == 0 }
      latch.open()
      try await router.isQuiet()
      #expect(harness.graph.requests == 0)
      // A later question is the assistant's again.
      try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.4", "fourth", at: 1_767_225_599)]))
      let send = try await harness.graph.arrived.next("the reply")
      #expect(MetaAnswers.text(send) == "re: fourth")
    }
  }

  @Test func `an answer of the assistant that has not left is not sent after a person's`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.assist(sender)
      harness.graph.answering { _ in MetaAnswers.error(130_429, retryAfter: 60) }
      try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.1", "first", at: 1_767_225_590)]))
      _ = try await harness.graph.arrived.next("the first try")
      try await eventually("it waits") {
        try await router.text("SELECT status FROM messages WHERE direction = 'outbound'") == ["queued"]
      }
      try await router.webhook(echo("wamid.echo", "I am here", at: 1_767_225_595))
      try await eventually("it is withdrawn") {
        try await router.text("SELECT error_code FROM messages WHERE origin = 'assistant' AND status = 'failed'") == [
          "ANSWERED_BY_A_PERSON"
        ]
      }
    }
  }

  @Test func `the app's address book names customers that are known, and makes none`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await router.open(sender)
      func sync(_ number: String, _ name: String) -> String {
        #"{"type":"contact","contact":{"full_name":"\#(name)","first_name":"x","phone_number":"\#(number)"},"action":"add","metadata":{"timestamp":"1767225600"}}"#
      }
      try await router.webhook(
        WebhookBody.changes([
          #"{"field":"smb_app_state_sync","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"1","phone_number_id":"pn-1"},"state_sync":[\#(sync("4915112345678", "Ann from next door")),\#(sync("4915100000000", "Nobody"))]}}"#
        ]))
      try await router.isQuiet()
      #expect(try await router.text("SELECT name FROM contacts") == ["Ann from next door"])
    }
  }
}
