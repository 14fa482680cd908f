import Contracts
import HTTP
import MessagingRouterHarness
import Outbound
import TestSupport
import Testing
import Transport

@Suite struct MainPathTests {
  @Test func `a customer's message is answered, sent, and its statuses are handed over`() async throws {
    let sender = TestSender()
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let assistant = try await router.assist(sender)
      let answer = try await router.webhook(
        WebhookBody.batch(
          contacts: [WebhookBody.contact("4915112345678", name: "Ann")],
          messages: [WebhookBody.text("wamid.in", "open?")]))
      #expect(answer.status == 200)

      let send = try await harness.graph.arrived.next("the reply at Meta")
      #expect(send.path == "/v26.0/pn-1/messages")
      #expect(send.headers["Authorization"] == "Bearer token-of-1")
      #expect(MetaAnswers.recipient(send) == "+4915112345678")
      #expect(MetaAnswers.text(send) == "re: open?")
      let id = MetaAnswers.callbackData(send)
      try await eventually("accepted") {
        try await router.text("SELECT status FROM messages WHERE id = '\(id)'") == ["accepted"]
      }

      for status in ["sent", "delivered", "read"] {
        try await router.webhook(
          WebhookBody.batch(statuses: [WebhookBody.status(status, of: "wamid.of.\(id)", callbackData: id)]))
      }
      let events = try await harness.receipts.events(3)
      #expect(events.map(\.status) == [.sent, .delivered, .read])
      #expect(events.map(\.sequence) == [1, 2, 3])
      #expect(events.allSatisfy { $0.messageID.text == id && $0.assistantID == assistant.id })
      #expect(events.allSatisfy { $0.to?.text == "+4915112345678" && $0.senderID == sender.id && !$0.isSynthesized })

      let message = try await router.caller.call(
        MessagingRouterAPI.GetMessage(id: MessageID(trusted: id)), account: sender.account)
      #expect(message.status == .read && message.metaMessageID == "wamid.of.\(id)")
    }
  }
}
