import Contracts
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport
import Wire

@Suite struct OptOutTests {
  private let sender = TestSender()

  private func contact(_ router: RunningRouter, number: String = "+4915112345678") async throws -> Contact {
    let page = try await router.caller.call(
      MessagingRouterAPI.ListContacts(phoneNumber: PhoneNumber(trusted: number)), account: sender.account)
    return try #require(page.data.first)
  }

  private func changes(_ contact: Contact, _ router: RunningRouter) async throws -> [PreferenceChange] {
    try await router.caller.call(
      MessagingRouterAPI.ListPreferenceChanges(contactID: contact.id), account: sender.account
    ).data
  }

  private func preference(_ value: String, at seconds: Int64, category: String = "marketing_messages") -> String {
    WebhookBody.changes([
      #"{"field":"user_preferences","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001001","phone_number_id":"pn-1"},"contacts":[{"profile":{"name":"Ann"},"wa_id":"4915112345678","user_id":"DE.1"}],"user_preferences":[{"wa_id":"4915112345678","detail":"User requested to \#(value) marketing messages","category":"\#(category)","value":"\#(value)","timestamp":\#(seconds)}]}}"#
    ])
  }

  @Test func `a customer's choice in WhatsApp counts by its time, and every word is kept`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.webhook(preference("stop", at: 1_767_225_500))
      try await router.isQuiet()
      let known = try await contact(router)
      #expect(known.isOptedOut && known.userID == "DE.1" && known.name == "Ann")
      harness.time.advance(by: .seconds(1))
      try await router.webhook(preference("resume", at: 1_767_225_600))
      try await router.isQuiet()
      harness.time.advance(by: .seconds(1))
      // Late: the customer has resumed since.
      try await router.webhook(preference("stop", at: 1_767_225_550))
      // Again, and about something else.
      try await router.webhook(preference("resume", at: 1_767_225_600))
      try await router.webhook(preference("stop", at: 1_767_225_700, category: "fish"))
      try await router.isQuiet()
      #expect(try await !contact(router).isOptedOut)
      let said = try await changes(known, router)
      #expect(said.map(\.isOptedOut) == [true, false, true])
      #expect(said.allSatisfy { $0.source == .userPreferences && $0.senderID == sender.id })
      #expect(said.last?.detail == "User requested to stop marketing messages")
    }
  }

  @Test(
    arguments: [
      ("STOP", true), (" stop\n", true), ("Stop  Promotions", true), ("opt-out", true), ("please stop", nil),
      ("stop!", nil), ("stopp", nil),
    ] as [(String, Bool?)])
  func `a keyword is the whole message, in any case`(text: String, isOptedOut: Bool?) async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.assist(sender)
      let body = text.replacing("\n", with: "\\n")
      try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.1", body)]))
      try await router.isQuiet()
      let known = try await contact(router)
      #expect(known.isOptedOut == (isOptedOut ?? false))
      // A keyword is no question.
      #expect(harness.model.requests == (isOptedOut == nil ? 1 : 0))
      let said = try await changes(known, router)
      #expect(said.map(\.source) == (isOptedOut == nil ? [] : [.keyword]))
      #expect(said.allSatisfy { $0.messageID != nil && $0.detail == text })
    }
  }

  @Test func `keywords are a setting, and the other one takes it back`() async throws {
    let settings = ["OPT_OUT_KEYWORDS": "Raus, genug jetzt", "OPT_IN_KEYWORDS": "rein"]
    try await MessagingRouterHarness.run(settings, senders: [sender]) { _, router in
      try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.1", "STOP", at: 1_767_225_600)]))
      try await router.isQuiet()
      #expect(try await !contact(router).isOptedOut)
      try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.2", "genug jetzt")]))
      try await router.isQuiet()
      #expect(try await contact(router).isOptedOut)
      try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.3", "REIN")]))
      try await router.isQuiet()
      #expect(try await !contact(router).isOptedOut)
    }
  }

  @Test func `Meta's error 131050 in a status is an opt-out, kept once`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await router.open(sender)
      for number in 1...2 {
        let id = try await router.send("offer \(number)", from: sender).id.text
        try await router.becomes(id, "accepted")
        try await router.webhook(
          WebhookBody.batch(statuses: [WebhookBody.status("failed", of: "wamid.of.\(id)", errorCode: 131_050)]))
        try await router.becomes(id, "failed")
      }
      let known = try await contact(router)
      #expect(known.isOptedOut)
      let said = try await changes(known, router)
      #expect(said.map(\.source) == [.sendError])
      #expect(said.first?.detail == "why" && said.first?.messageID != nil)
    }
  }

  @Test func `Meta's error 131050 in the answer to a send is an opt-out`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender)
      harness.graph.answering { _ in MetaAnswers.error(131_050) }
      let id = try await router.send("offer", from: sender).id.text
      try await router.becomes(id, "failed")
      #expect(try await contact(router).isOptedOut)
    }
  }

  @Test func `an operator notes a customer's wish with who and why`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender)
      let known = try await contact(router)
      func set(_ isOptedOut: Bool, note: String? = nil) async throws(CallFailure) -> Contact {
        try await router.caller.call(
          MessagingRouterAPI.SetContactPreferences(id: known.id, isOptedOut: isOptedOut, note: note),
          account: sender.account)
      }
      #expect(try await set(true, note: "told at the till").isOptedOut)
      #expect(try await set(true, note: "again").isOptedOut)
      #expect(try await changes(known, router).map(\.detail) == ["told at the till"])
      harness.time.advance(by: .seconds(1))
      #expect(try await !set(false).isOptedOut)
      #expect(try await changes(known, router).map(\.source) == [.operator, .operator])
      await #expect(throws: CallFailure.self) { try await set(true, note: String(repeating: "x", count: 501)) }
      await #expect(throws: CallFailure.self) {
        try await router.caller.call(
          MessagingRouterAPI.SetContactPreferences(id: known.id, isOptedOut: true), account: TestSender.stranger)
      }
    }
  }

  @Test func `contacts are listed in pages, by number and by preference, and only the account's`() async throws {
    let other = TestSender(2, account: TestSender.stranger)
    try await MessagingRouterHarness.run(senders: [sender, other]) { harness, router in
      for number in 0..<5 {
        try await router.open(sender, from: "49151123\(10_000 + number)")
        harness.time.advance(by: .milliseconds(1))
      }
      try await router.open(other, from: "4915112399999")
      try await router.webhook(
        WebhookBody.batch(messages: [WebhookBody.text("wamid.stop", "STOP", from: "4915112310003")]))
      try await router.isQuiet()
      func list(_ isOptedOut: Bool? = nil, _ cursor: String? = nil) async throws -> Page<Contact> {
        try await router.caller.call(
          MessagingRouterAPI.ListContacts(isOptedOut: isOptedOut, limit: 2, cursor: cursor), account: sender.account)
      }
      var seen: [String] = []
      var cursor: String?
      repeat {
        let page = try await list(nil, cursor)
        seen += page.data.compactMap { $0.phoneNumber?.text }
        cursor = page.nextCursor
      } while cursor != nil
      #expect(seen == (0..<5).reversed().map { "+49151123\(10_000 + $0)" })
      #expect(try await list(true).data.map(\.phoneNumber?.text) == ["+4915112310003"])
      #expect(try await list(false).data.map(\.phoneNumber?.text) == ["+4915112310004", "+4915112310002"])
      let foreign = try await router.caller.call(
        MessagingRouterAPI.ListContacts(phoneNumber: PhoneNumber(trusted: "+4915112310003")), account: other.account)
      #expect(foreign.data.isEmpty)
    }
  }
}
