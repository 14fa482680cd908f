import Contracts
import HTTP
import MessagingRouterHarness
import Store
import TestSupport
import Testing

@Suite struct ContactTests {
  let sender = TestSender()

  private func write(
    _ router: RunningRouter, _ id: String, from: String?, user: String? = nil, number: String = "pn-1"
  ) async throws {
    try await router.webhook(
      WebhookBody.batch(number: number, messages: [WebhookBody.text(id, id, from: from, user: user)]))
    try await router.isQuiet()
  }

  private func contacts(_ router: RunningRouter) async throws -> [String] {
    try await router.text(
      "SELECT coalesce(user_id, '-') || ' ' || coalesce(phone_number, '-') FROM contacts ORDER BY 1")
  }

  @Test func `a customer is known by user id or by number, either may come later`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await write(router, "m1", from: "491510000001")
      try await write(router, "m2", from: "491510000001", user: "DE.1")
      try await write(router, "m3", from: nil, user: "DE.1")
      try await write(router, "m4", from: nil, user: "DE.2")
      try await write(router, "m5", from: "491510000002", user: "DE.2")
      #expect(try await contacts(router) == ["DE.1 +491510000001", "DE.2 +491510000002"])
      #expect(try await router.count("conversations") == 2)
    }
  }

  @Test func `what was said under the number alone moves to the user id it turns out to be`() async throws {
    let second = TestSender(2)
    try await MessagingRouterHarness.run(senders: [sender, second]) { _, router in
      try await write(router, "m1", from: "491510000001")
      try await write(router, "m2", from: nil, user: "DE.1", number: "pn-2")
      try await write(router, "m3", from: "491510000001", user: "DE.1", number: "pn-2")
      // The conversation with the first sender is the same customer's now.
      try await write(router, "m4", from: nil, user: "DE.1")
      #expect(try await router.count("conversations") == 2)
      #expect(try await router.text("SELECT count(DISTINCT contact_id) FROM conversations") == ["1"])
    }
  }

  @Test func `a number that went to somebody else starts a conversation of its own`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await write(router, "m1", from: "491510000001", user: "DE.1")
      try await write(router, "m2", from: "491510000001", user: "DE.2")
      #expect(try await contacts(router) == ["DE.1 -", "DE.2 +491510000001"])
      #expect(try await router.count("conversations") == 2)
    }
  }

  @Test func `a change of number keeps the conversation`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await write(router, "m1", from: "491510000001", user: "DE.1")
      let notice =
        #"{"id":"m2","timestamp":"1767225600","type":"system","from":"491510000001","system":{"body":"x","wa_id":"491510000009","user_id":"DE.9","type":"user_changed_number"}}"#
      try await router.webhook(WebhookBody.batch(messages: [notice]))
      try await router.isQuiet()
      try await write(router, "m3", from: "491510000009", user: "DE.9")
      #expect(try await contacts(router) == ["DE.9 +491510000009"])
      #expect(try await router.count("conversations") == 1)
    }
  }

  @Test func `a customer without a number is answered by user id`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.assist(sender)
      try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("m1", "hi", from: nil, user: "DE.1")]))
      let send = try await harness.graph.arrived.next("the reply")
      #expect(MetaAnswers.recipient(send) == nil)
      #expect(String(decoding: send.body, as: UTF8.self).contains(#""recipient":"DE.1""#))
    }
  }

  @Test func `the customer stays the same when the portfolio becomes known`() async throws {
    var early = sender
    early.portfolioID = nil
    try await MessagingRouterHarness.run(senders: [early]) { harness, router in
      try await write(router, "m1", from: "491510000001", user: "DE.1")
      harness.registry.publish(sender)
      try await eventually("the portfolio is known") {
        try await router.text("SELECT portfolio_id FROM replica_senders") == ["portfolio-1"]
      }
      try await write(router, "m2", from: "491510000001", user: "DE.1")
      #expect(try await router.text("SELECT portfolio_id FROM contacts") == ["portfolio-1"])
      #expect(try await router.count("conversations") == 1)
    }
  }

  @Test func `the same person is another contact in another account`() async throws {
    let other = TestSender(2, account: TestSender.stranger)
    try await MessagingRouterHarness.run(senders: [sender, other]) { _, router in
      try await write(router, "m1", from: "491510000001", user: "DE.1")
      try await write(router, "m1", from: "491510000001", user: "DE.1", number: "pn-2")
      #expect(
        try await router.text("SELECT account_id FROM contacts ORDER BY account_id")
          == [TestSender.account, TestSender.stranger].sorted())
      #expect(try await router.count("messages") == 2)
    }
  }

  @Test func `a body about an unknown number waits until the number is known, and nothing is stored twice`()
    async throws
  {
    let late = TestSender(2)
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let body = WebhookBody.changes(
        ["pn-1", "pn-2", "pn-3"].map {
          #"{"field":"messages","value":{"metadata":{"phone_number_id":"\#($0)"},"messages":[\#(WebhookBody.text("to \($0)", "hi"))]}}"#
        })
      try await router.webhook(body)
      try await router.isQuiet()
      #expect(try await router.count("messages") == 1)
      harness.registry.publish(late)
      try await eventually("the late one is stored") { try await router.count("messages") == 2 }
      // One number is unknown still.
      try await router.isQuiet()
      #expect(try await router.text("SELECT state FROM inbox") == ["2"])
      #expect(try await router.text("SELECT phone_number_id FROM inbox_awaited") == ["pn-3"])
      // Also a start looks for what became known.
      await router.stop()
      let again = try await harness.start()
      harness.registry.publish(TestSender(3))
      try await eventually("the last is stored") { try await again.count("messages") == 3 }
      try await eventually("the body is done") { try await again.count("inbox") == 0 }
    }
  }
}
