import Contracts
import MessagingRouterHarness
import TestSupport
import Testing
import Transport

@Suite struct WindowTests {
  private let sender = TestSender()
  private let now: Int64 = 1_767_225_600

  private func conversation(_ router: RunningRouter) async throws -> Conversation {
    let page = try await router.caller.call(
      MessagingRouterAPI.ListConversations(senderID: sender.id), account: sender.account)
    return try #require(page.data.first)
  }

  private func call(_ event: String, from: String, to: String, direction: String?, at seconds: Int64) -> String {
    let direction = direction.map { #","direction":"\#($0)""# } ?? ""
    return WebhookBody.changes([
      #"{"field":"calls","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001001","phone_number_id":"pn-1"},"contacts":[{"profile":{"name":"Ann"},"wa_id":"4915112345678","user_id":"DE.1"}],"calls":[{"id":"wacid.1","from":"\#(from)","to":"\#(to)","event":"\#(event)","timestamp":"\#(seconds)"\#(direction)}]}}"#
    ])
  }

  @Test(arguments: ["USER_INITIATED", nil])
  func `a customer's call opens the window for a day`(direction: String?) async throws {
    try await MessagingRouterHarness.run(senders: [sender], at: TestClock(at: now * 1000)) { _, router in
      try await router.webhook(
        call("connect", from: "4915112345678", to: "15550001001", direction: direction, at: now - 100))
      try await router.isQuiet()
      let found = try await conversation(router)
      #expect(found.windowExpiresAt == Timestamp(milliseconds: (now - 100 + 86_400) * 1000))
      #expect(found.contact.userID == "DE.1")
    }
  }

  @Test func `a call of the business, and a call's end, open nothing`() async throws {
    try await MessagingRouterHarness.run(senders: [sender], at: TestClock(at: now * 1000)) { _, router in
      try await router.webhook(
        call("connect", from: "15550001001", to: "4915112345678", direction: "BUSINESS_INITIATED", at: now))
      try await router.webhook(
        call("terminate", from: "4915112345678", to: "15550001001", direction: "USER_INITIATED", at: now))
      try await router.isQuiet()
      #expect(try await router.count("conversations") == 0)
      #expect(try await router.count("inbox_poison") == 0)
    }
  }

  @Test func `an older message never closes the window sooner, one from the future opens it no longer`() async throws {
    try await MessagingRouterHarness.run(senders: [sender], at: TestClock(at: now * 1000)) { _, router in
      for (index, moment) in [now - 100, now - 5_000, now + 7_200].enumerated() {
        try await router.webhook(
          WebhookBody.batch(messages: [WebhookBody.text("wamid.\(index)", "hi", at: moment)]))
        try await router.isQuiet()
        let expected = moment > now ? now : now - 100
        #expect(try await conversation(router).windowExpiresAt == Timestamp(milliseconds: (expected + 86_400) * 1000))
      }
    }
  }

  private func referred(at seconds: Int64) -> String {
    WebhookBody.batch(messages: [
      #"{"from":"4915112345678","id":"wamid.ad","timestamp":"\#(seconds)","type":"text","text":{"body":"hi"},"referral":{"source_type":"ad","source_id":"1"}}"#
    ])
  }

  @Test func `an answer within a day of an advertisement's click is free for three days, and the window stays a day`()
    async throws
  {
    let time = TestClock(at: now * 1000)
    try await MessagingRouterHarness.run(senders: [sender], at: time) { _, router in
      try await router.webhook(referred(at: now))
      try await router.isQuiet()
      #expect(try await conversation(router).freeEntryExpiresAt == nil)
      time.advance(by: .seconds(3600))
      let id = try await router.send("welcome", from: sender).id.text
      try await router.becomes(id, "accepted")
      try await router.webhook(
        WebhookBody.batch(statuses: [WebhookBody.status("sent", of: "wamid.of.\(id)", at: now + 3601)]))
      try await router.becomes(id, "sent")
      time.advance(by: .seconds(10))
      let found = try await conversation(router)
      #expect(found.windowExpiresAt == Timestamp(milliseconds: (now + 86_400) * 1000))
      // Not later than it was heard of.
      #expect(found.freeEntryExpiresAt == Timestamp(milliseconds: (now + 3600 + 3 * 86_400) * 1000))
    }
  }

  @Test func `Meta's own end of the free entry point is taken as it is told, and the price is kept`() async throws {
    try await MessagingRouterHarness.run(senders: [sender], at: TestClock(at: now * 1000)) { _, router in
      try await router.webhook(referred(at: now))
      try await router.isQuiet()
      let id = try await router.send("welcome", from: sender).id.text
      try await router.becomes(id, "accepted")
      let status =
        #"{"id":"wamid.of.\#(id)","status":"sent","timestamp":"\#(now)","recipient_id":"4915112345678","conversation":{"id":"c","expiration_timestamp":"\#(now + 99)","origin":{"type":"referral_conversion"}},"pricing":{"billable":false,"pricing_model":"PMP","type":"free_entry_point","category":"referral_conversion"}}"#
      try await router.webhook(WebhookBody.batch(statuses: [status]))
      try await router.webhook(WebhookBody.batch(statuses: [WebhookBody.status("delivered", of: "wamid.of.\(id)")]))
      try await router.becomes(id, "delivered")
      #expect(try await conversation(router).freeEntryExpiresAt == Timestamp(milliseconds: (now + 99) * 1000))
      let message = try await router.caller.call(
        MessagingRouterAPI.GetMessage(id: MessageID(trusted: id)), account: sender.account)
      #expect(
        message.pricing
          == MessagePricing(isBillable: false, model: "PMP", type: "free_entry_point", category: "referral_conversion"))
    }
  }

  @Test func `an answer after a day is not free`() async throws {
    let time = TestClock(at: now * 1000)
    try await MessagingRouterHarness.run(senders: [sender], at: time) { _, router in
      try await router.webhook(referred(at: now - 86_000))
      try await router.isQuiet()
      let id = try await router.send("welcome", from: sender).id.text
      try await router.becomes(id, "accepted")
      time.advance(by: .seconds(1000))
      try await router.webhook(
        WebhookBody.batch(statuses: [WebhookBody.status("sent", of: "wamid.of.\(id)", at: now + 900)]))
      try await router.becomes(id, "sent")
      #expect(try await conversation(router).freeEntryExpiresAt == nil)
      #expect(try await router.text("SELECT coalesce(referred_at, 'none') FROM conversations") == ["none"])
    }
  }
}
