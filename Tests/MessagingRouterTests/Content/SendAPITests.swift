import Contracts
import HTTP
import JSON
import MessagingRouter
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport
import Wire

/// Sending through the API: whom, when, what it answers, and what is refused.
@Suite struct SendAPITests: SendScene {
  let sender = TestSender()
  // MARK: What arrives at Meta

  @Test func `a location arrives at Meta with what it answers and is shown as it was sent`() async throws {
    try await run { harness, router in
      let question = try await inbound(router)
      let message = try await send(router) { call in
        call.location = MessageLocation(latitude: 37.5, longitude: -122.25, name: "Shop")
        call.replyTo = question
        call.expiresInSeconds = 60
      }
      #expect(message.type == "location" && message.text == "Shop" && message.replyTo == question)
      #expect(message.content?.location?.latitude == 37.5 && message.origin == .api)
      #expect(message.expiresAt == Timestamp(milliseconds: harness.time.now + 60_000))
      let request = try await harness.graph.arrived.next("the location")
      let body = try JSONValue(parsing: request.body)
      #expect(body["location"] == ["latitude": 37.5, "longitude": -122.25, "name": "Shop"])
      #expect(body["context"] == ["message_id": "wamid.in"] && body["to"] == "+4915112345678")
      #expect(body["biz_opaque_callback_data"] == .string(message.id.text))
      try await router.becomes(message.id.text, "accepted")
    }
  }

  @Test func `a reaction names Meta's id of the message, and takes no reply_to`() async throws {
    try await run { harness, router in
      let target = try await inbound(router)
      _ = try await send(router) { $0.reaction = MessageReaction(messageID: target, emoji: "👍") }
      let request = try await harness.graph.arrived.next("the reaction")
      #expect(try JSONValue(parsing: request.body)["reaction"] == ["message_id": "wamid.in", "emoji": "👍"])
      let both = await refusal { () async throws(CallFailure) in
        _ = try await send(router) {
          $0.reaction = MessageReaction(messageID: target, emoji: "👍")
          $0.replyTo = target
        }
      }
      #expect(both?.reason == "FIELD_NOT_ALLOWED" && both?.details?["field"] == "reply_to")
    }
  }

  @Test func `what is answered has to be in the conversation and at Meta`() async throws {
    try await run { harness, router in
      let missing = await refusal { () async throws(CallFailure) in
        _ = try await send(router) {
          $0.text = "hi"
          $0.replyTo = MessageID(trusted: "msg_01JD0000000000000000000000")
        }
      }
      #expect(missing?.reason == "MESSAGE_NOT_FOUND" && missing?.details?["field"] == "reply_to")
      let later = try await send(router) {
        $0.text = "later"
        $0.sendAt = Timestamp(milliseconds: harness.time.now + 3_600_000)
      }
      let early = await refusal { () async throws(CallFailure) in
        _ = try await send(router) { $0.reaction = MessageReaction(messageID: later.id, emoji: "👍") }
      }
      #expect(early?.reason == "MESSAGE_NOT_SENT_YET" && early?.retry == .same)
    }
  }

  @Test func `Meta's answer tells the user id, and what it does with a template`() async throws {
    try await run { harness, router in
      harness.graph.answering { request in
        MetaAnswers.json(
          200,
          """
          {"messaging_product":"whatsapp","contacts":[{"input":"+4915112345678","wa_id":"4915112345678",\
          "user_id":"DE.77"}],"messages":[{"id":"wamid.of.\(MetaAnswers.callbackData(request))",\
          "message_status":"held_for_quality_assessment"}]}
          """)
      }
      let message = try await send(router) {
        $0.template = TemplateMessage(name: "hello", language: TemplateLanguage(code: "de"))
      }
      try await router.becomes(message.id.text, "accepted")
      let shown = try await router.caller.call(MessagingRouterAPI.GetMessage(id: message.id), account: sender.account)
      #expect(shown.metaMessageStatus == "held_for_quality_assessment")
      #expect(try await router.text("SELECT user_id FROM contacts") == ["DE.77"])
    }
  }

  // MARK: Whom

  @Test func `a template makes the contact and its conversation, and opens no window`() async throws {
    try await run { harness, router in
      let stranger = PhoneNumber(trusted: "+4917099999999")
      let message = try await send(router) {
        $0.to = RecipientNumber(stranger)
        $0.template = TemplateMessage(name: "hello", language: TemplateLanguage(code: "de"))
        $0.recipientName = "Ann"
      }
      try await router.becomes(message.id.text, "accepted")
      #expect(
        try await router.text("SELECT name FROM contacts WHERE phone_number = '\(stranger.text)'") == ["Ann"])
      let text = await refusal { () async throws(CallFailure) in
        _ = try await send(router) {
          $0.to = RecipientNumber(stranger)
          $0.text = "hi"
        }
      }
      #expect(text?.reason == "SESSION_EXPIRED")
      #expect(harness.graph.requests == 1)
    }
  }

  @Test func `a customer is named by number, by user id or as a contact, and the number wins`() async throws {
    try await run { harness, router in
      try await router.webhook(
        WebhookBody.batch(messages: [WebhookBody.text("wamid.u", "hello", from: nil, user: "DE.9")]))
      try await router.isQuiet()
      _ = try await send(router) {
        $0.to = nil
        $0.recipient = "DE.9"
        $0.text = "to the user"
      }
      let first = try JSONValue(parsing: try await harness.graph.arrived.next().body)
      #expect(first["recipient"] == "DE.9" && first["to"] == nil)
      let contact = try #require(try await router.text("SELECT id FROM contacts WHERE user_id = 'DE.9'").first)
      _ = try await send(router) {
        $0.to = nil
        $0.contactID = ContactID(trusted: contact)
        $0.text = "to the contact"
      }
      #expect(try JSONValue(parsing: try await harness.graph.arrived.next().body)["recipient"] == "DE.9")
      _ = try await send(router) {
        $0.recipient = "DE.9"
        $0.text = "to the number"
      }
      #expect(try JSONValue(parsing: try await harness.graph.arrived.next().body)["to"] == "+4915112345678")
    }
  }

  @Test func `nobody, no number and the own number are refused by name`() async throws {
    try await run { _, router in
      let rows: [(String, String, @Sendable (inout MessagingRouterAPI.SendMessage) -> Void)] = [
        ("RECIPIENT_REQUIRED", "to", { $0.to = nil }),
        ("INVALID_PHONE", "to", { $0.to = RecipientNumber(reading: "0151 12345678") }),
        ("INVALID_PHONE", "to", { $0.to = RecipientNumber(reading: "") }),
        ("INVALID_PHONE", "to", { $0.to = RecipientNumber(reading: "+49 151 12345678 99999") }),
        // A number that no country has.
        ("INVALID_PHONE", "to", { $0.to = RecipientNumber(reading: "+1 650 555") }),
        ("RECIPIENT_IS_SENDER", "to", { [sender] in $0.to = RecipientNumber(sender.phoneNumber) }),
        ("RECIPIENT_INVALID", "recipient", { ($0.to, $0.recipient) = (nil, "4915112345678") }),
        (
          "CONTACT_NOT_FOUND", "contact_id",
          { ($0.to, $0.contactID) = (nil, ContactID(trusted: "con_01JD0000000000000000000000")) }
        ),
        ("LENGTH_OUT_OF_RANGE", "recipient_name", { $0.recipientName = letters(256) }),
        ("NO_ASSISTANT_CONFIGURED", "requires_assistant", { $0.requiresAssistant = true }),
        (
          "MEDIA_NOT_FOUND", "image.media_id",
          {
            $0.text = nil
            $0.image = MessageMedia(mediaID: MediaID(trusted: "med_01JD0000000000000000000000"))
          }
        ),
      ]
      for (code, field, change) in rows {
        let failure = await refusal { () async throws(CallFailure) in
          _ = try await send(router) {
            $0.text = "hi"
            change(&$0)
          }
        }
        #expect(failure?.reason == code && failure?.details?["field"] == .string(field), "\(code) \(failure as Any)")
        #expect(failure?.details?["next_step"]?.string?.isEmpty == false, "\(code)")
      }
    }
  }

  @Test func `a number typed in another way is the same customer and the same request`() async throws {
    try await run { harness, router in
      var call = MessagingRouterAPI.SendMessage(senderID: sender.id, to: Self.customer, text: "hi")
      let first = try await router.caller.call(call, account: sender.account, key: "k")
      call.to = RecipientNumber(reading: "0049 (0)151 1234-5678")
      #expect(try await router.caller.call(call, account: sender.account, key: "k") == first)
      call.previewURL = true
      let other = await refusal { [call] () async throws(CallFailure) in
        _ = try await router.caller.call(call, account: sender.account, key: "k")
      }
      #expect(other?.reason == "IDEMPOTENCY_KEY_REUSED")
      try await router.isQuiet()
      #expect(harness.graph.requests == 1)
    }
  }

  // MARK: The window

  @Test func `outside of the window everything but a template is refused with the window`() async throws {
    try await run { harness, router in
      harness.time.advance(by: .seconds(24 * 3_600))
      let target = try await inbound(router)
      let changes: [@Sendable (inout MessagingRouterAPI.SendMessage) -> Void] = [
        { $0.text = "hi" }, { $0.location = MessageLocation(latitude: 0, longitude: 0) },
        { $0.image = MessageMedia(link: "https://a.example/a.jpg") },
        { $0.reaction = MessageReaction(messageID: target, emoji: "👍") },
      ]
      for change in changes {
        let failure = await refusal { () async throws(CallFailure) in _ = try await send(router, change) }
        #expect(failure?.reason == "SESSION_EXPIRED" && failure?.code == .failedPrecondition)
        let status = failure?.details?["session_status"]
        #expect(status?["is_open"] == false && status?["requires_template"] == true)
        #expect(status?["expired_at"] == .string("2026-01-02T00:00:00.000Z"))
      }
      _ = try await send(router) {
        $0.template = TemplateMessage(name: "hello", language: TemplateLanguage(code: "de"))
      }
    }
  }

  @Test func `marketing is refused for who does not want it, also when it waits already`() async throws {
    try await run { harness, router in
      func offer(_ name: String, later: Bool = false) async throws(CallFailure) -> Message {
        try await send(router) {
          $0.template = TemplateMessage(name: name, language: TemplateLanguage(code: "de"))
          if later { $0.sendAt = Timestamp(milliseconds: harness.time.now + 3_600_000) }
        }
      }
      let waiting = try await offer("offer", later: true)
      let harmless = try await offer("hello", later: true)
      let contact = ContactID(trusted: try #require(try await router.text("SELECT id FROM contacts").first))
      _ = try await router.caller.call(
        MessagingRouterAPI.SetContactPreferences(id: contact, isOptedOut: true), account: sender.account)
      let refused = await refusal { () async throws(CallFailure) in _ = try await offer("offer") }
      #expect(refused?.reason == "OPTED_OUT")
      harness.time.advance(by: .seconds(3_600))
      router.service.clockWasSet()
      try await router.becomes(waiting.id.text, "failed")
      try await router.becomes(harmless.id.text, "accepted")
      let shown = try await router.caller.call(MessagingRouterAPI.GetMessage(id: waiting.id), account: sender.account)
      #expect(shown.error?.code == "OPTED_OUT" && shown.error?.nextStep?.isEmpty == false)
      #expect(harness.graph.requests == 1)
    }
  }

  @Test func `a message that waits is not sent after the window has closed`() async throws {
    try await run { harness, router in
      let late = try await send(router) {
        $0.text = "late"
        $0.sendAt = Timestamp(milliseconds: harness.time.now + 86_399_999)
      }
      harness.time.advance(by: .seconds(86_400))
      router.service.clockWasSet()
      try await router.becomes(late.id.text, "failed")
      #expect(
        try await router.text("SELECT error_code FROM messages WHERE id = '\(late.id.text)'") == ["SESSION_EXPIRED"])
      #expect(harness.graph.requests == 0)
    }
  }

  @Test func `what another account has is not there, before anything else is said`() async throws {
    try await run { harness, router in
      let stranger = TestSender(2, account: TestSender.stranger)
      harness.registry.publish(stranger)
      try await router.knows(stranger)
      let theirs = try await inbound(router)
      let contact = ContactID(trusted: try #require(try await router.text("SELECT id FROM contacts").first))
      func failure(_ change: (inout MessagingRouterAPI.SendMessage) -> Void) async -> String? {
        var call = MessagingRouterAPI.SendMessage(senderID: stranger.id, to: Self.customer, text: "hi")
        change(&call)
        return await refusal { [call] () async throws(CallFailure) in
          _ = try await router.caller.call(call, account: stranger.account)
        }?.reason
      }
      #expect(await failure { $0.replyTo = theirs } == "MESSAGE_NOT_FOUND")
      #expect(
        await failure { ($0.text, $0.reaction) = (nil, MessageReaction(messageID: theirs)) } == "MESSAGE_NOT_FOUND")
      #expect(await failure { ($0.to, $0.contactID) = (nil, contact) } == "CONTACT_NOT_FOUND")
      #expect(await failure { $0.senderID = sender.id } == "SENDER_NOT_FOUND")
    }
  }

  @Test func `the window is shown open, over and never opened, by number and by contact`() async throws {
    try await run { harness, router in
      func status(_ to: PhoneNumber?, _ contact: ContactID? = nil) async throws
        -> MessagingRouterAPI.GetSessionStatus.Reply
      {
        try await router.caller.call(
          MessagingRouterAPI.GetSessionStatus(senderID: sender.id, to: to, contactID: contact),
          account: sender.account)
      }
      harness.time.advance(by: .seconds(90))
      let open = try await status(Self.customer)
      #expect(open.hasConversation && open.sessionStatus.isOpen && open.sessionStatus.minutesRemaining == 1_438)
      #expect(open.lastCustomerMessageAt == Timestamp(milliseconds: 1_767_225_600_000))
      let contact = ContactID(trusted: try #require(try await router.text("SELECT id FROM contacts").first))
      #expect(try await status(nil, contact) == open)
      harness.time.advance(by: .seconds(24 * 3_600))
      let over = try await status(Self.customer)
      #expect(!over.sessionStatus.isOpen && over.sessionStatus.expiredAt != nil)
      let never = try await status(PhoneNumber(trusted: "+4917099999999"))
      #expect(!never.hasConversation && never.conversationID == nil && never.sessionStatus.requiresTemplate)
      let unnamed = await refusal { () async throws(CallFailure) in
        _ = try await router.caller.call(
          MessagingRouterAPI.GetSessionStatus(senderID: sender.id), account: sender.account)
      }
      #expect(unnamed?.reason == "RECIPIENT_REQUIRED")
      let strange = await refusal { () async throws(CallFailure) in
        _ = try await router.caller.call(
          MessagingRouterAPI.GetSessionStatus(senderID: sender.id, to: Self.customer), account: TestSender.stranger)
      }
      #expect(strange?.reason == "SENDER_NOT_FOUND")
    }
  }
}
