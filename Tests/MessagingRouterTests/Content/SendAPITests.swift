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
@Suite struct SendAPITests {
  let sender = TestSender()
  static let customer = PhoneNumber(trusted: "+4915112345678")

  private func run(_ body: (MessagingRouterHarness, RunningRouter) async throws -> Void) async throws {
    try await MessagingRouterHarness.run { harness, router in
      let meta = MetaTemplates(harness)
      meta.put("hello", language: "de")
      meta.put("offer", language: "de", category: "MARKETING")
      harness.registry.publish(sender)
      try await router.knows(sender)
      try await router.hasSynced()
      try await router.open(sender, id: "wamid.in")
      try await body(harness, router)
    }
  }

  private func send(
    _ router: RunningRouter, _ change: (inout MessagingRouterAPI.SendMessage) -> Void
  ) async throws(CallFailure) -> Message {
    var call = MessagingRouterAPI.SendMessage(senderID: sender.id, to: Self.customer)
    change(&call)
    return try await router.caller.call(call, account: sender.account)
  }

  private func refusal(_ body: () async throws(CallFailure) -> Void) async -> CallFailure? {
    do throws(CallFailure) {
      try await body()
      return nil
    } catch {
      return error
    }
  }

  private func inbound(_ router: RunningRouter) async throws -> MessageID {
    MessageID(trusted: try #require(try await router.text("SELECT id FROM messages WHERE direction = 'inbound'").first))
  }

  private static func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

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

  // MARK: Later, and never

  @Test func `a scheduled message waits for its moment and goes then`() async throws {
    try await run { harness, router in
      let moment = harness.time.now + 3_600_000
      let later = try await send(router) {
        $0.text = "later"
        $0.sendAt = Timestamp(milliseconds: moment)
      }
      #expect(later.status == .queued && later.sendAt == Timestamp(milliseconds: moment))
      harness.time.set(to: moment - 1)
      router.service.clockWasSet()
      let list = MessagingRouterAPI.SearchMessages(senderID: sender.id, isScheduled: true)
      #expect(try await router.caller.call(list, account: sender.account).data.map(\.id) == [later.id])
      #expect(harness.graph.requests == 0)
      harness.time.set(to: moment)
      router.service.clockWasSet()
      try await router.becomes(later.id.text, "accepted")
      #expect(try await router.caller.call(list, account: sender.account).data.isEmpty)
    }
  }

  @Test func `send_at lies in the next 30 days and, without a template, inside of the window`() async throws {
    try await run { harness, router in
      let now = harness.time.now
      func failure(_ sendAt: Int64, template: Bool = false) async -> CallFailure? {
        await refusal { () async throws(CallFailure) in
          _ = try await send(router) {
            if template {
              $0.template = TemplateMessage(name: "hello", language: TemplateLanguage(code: "de"))
            } else {
              $0.text = "later"
            }
            $0.sendAt = Timestamp(milliseconds: sendAt)
          }
        }
      }
      #expect(await failure(now)?.reason == "SEND_AT_OUT_OF_RANGE")
      #expect(await failure(now + 30 * 86_400_000 + 1, template: true)?.reason == "SEND_AT_OUT_OF_RANGE")
      #expect(await failure(now + 30 * 86_400_000, template: true) == nil)
      let closed = await failure(now + 86_400_000)
      #expect(closed?.reason == "SESSION_EXPIRED" && closed?.details?["field"] == "send_at")
      #expect(closed?.details?["session_status"]?["is_open"] == true)
      #expect(await failure(now + 86_399_999) == nil)
    }
  }

  @Test func `a queued message is called off, told, and never sent`() async throws {
    try await run { harness, router in
      let later = try await send(router) {
        $0.text = "later"
        $0.sendAt = Timestamp(milliseconds: harness.time.now + 3_600_000)
      }
      let cancel = MessagingRouterAPI.CancelMessage(id: later.id)
      let stranger = await refusal { () async throws(CallFailure) in
        _ = try await router.caller.call(cancel, account: TestSender.stranger)
      }
      #expect(stranger?.reason == "MESSAGE_NOT_FOUND")
      #expect(try await router.caller.call(cancel, account: sender.account).status == .cancelled)
      #expect(try await router.caller.call(cancel, account: sender.account).status == .cancelled)
      #expect(try await harness.receipts.events(1).map(\.status) == [.cancelled])
      harness.time.advance(by: .seconds(7_200))
      router.service.clockWasSet()
      let list = MessagingRouterAPI.SearchMessages(senderID: sender.id, status: .cancelled)
      #expect(try await router.caller.call(list, account: sender.account).data.map(\.id) == [later.id])
      #expect(harness.graph.requests == 0)
    }
  }

  @Test func `a message on its way, sent or received is not called off`() async throws {
    try await run { harness, router in
      let release = Latch()
      harness.graph.answering { request in
        try? await release.wait()
        return MetaAnswers.accepted(request)
      }
      let message = try await send(router) { $0.text = "now" }
      _ = try await harness.graph.arrived.next("the send")
      func failure(_ id: MessageID) async -> CallFailure? {
        await refusal { () async throws(CallFailure) in
          _ = try await router.caller.call(MessagingRouterAPI.CancelMessage(id: id), account: sender.account)
        }
      }
      #expect(await failure(message.id)?.reason == "MESSAGE_NOT_CANCELLABLE")
      release.open()
      try await router.becomes(message.id.text, "accepted")
      #expect(await failure(message.id)?.reason == "MESSAGE_NOT_CANCELLABLE")
      #expect(await failure(try await inbound(router))?.reason == "MESSAGE_NOT_CANCELLABLE")
    }
  }

  @Test func `calling off and sending at once has one outcome`() async throws {
    try await run { harness, router in
      var cancelled = 0
      for number in 0..<20 {
        let message = try await send(router) { $0.text = "m\(number)" }
        let failure = await refusal { () async throws(CallFailure) in
          _ = try await router.caller.call(MessagingRouterAPI.CancelMessage(id: message.id), account: sender.account)
        }
        if failure == nil { cancelled += 1 }
        try await router.isQuiet()
        #expect(try await router.status(message.id.text) == (failure == nil ? "cancelled" : "accepted"))
      }
      #expect(harness.graph.requests == 20 - cancelled)
    }
  }

  @Test func `a sender's messages are listed across conversations, by what waits or went wrong`() async throws {
    try await run { harness, router in
      harness.graph.answering {
        MetaAnswers.recipient($0) == "+491700000010" ? MetaAnswers.error(131_026) : MetaAnswers.accepted($0)
      }
      try await router.open(sender, from: "491700000010")
      let bad = try await router.send("a", from: sender, to: "+491700000010")
      let good = try await router.send("b", from: sender)
      try await router.becomes(bad.id.text, "failed")
      try await router.becomes(good.id.text, "accepted")
      func ids(_ call: MessagingRouterAPI.SearchMessages) async throws -> [String] {
        try await router.caller.call(call, account: sender.account).data.map(\.id.text)
      }
      #expect(try await ids(.init(senderID: sender.id, status: .failed)) == [bad.id.text])
      for status in [MessageStatus.queued, .sending, .unknown, .expired, .cancelled] {
        #expect(try await ids(.init(senderID: sender.id, status: status)).isEmpty)
      }
      let all = try await ids(.init(senderID: sender.id))
      #expect(all.count == 4 && Array(all.prefix(2)) == [good.id.text, bad.id.text])
      var paged: [String] = []
      var cursor: String?
      repeat {
        let page = try await router.caller.call(
          MessagingRouterAPI.SearchMessages(senderID: sender.id, limit: 1, cursor: cursor), account: sender.account)
        paged += page.data.map(\.id.text)
        cursor = page.nextCursor
      } while cursor != nil
      #expect(paged == all)
      for (status, isScheduled) in [(MessageStatus.read, false), (.failed, true)] {
        let failure = await refusal { () async throws(CallFailure) in
          _ = try await router.caller.call(
            MessagingRouterAPI.SearchMessages(senderID: sender.id, status: status, isScheduled: isScheduled),
            account: sender.account)
        }
        #expect(failure?.reason == "STATUS_NOT_LISTED")
      }
      let strange = await refusal { () async throws(CallFailure) in
        _ = try await router.caller.call(
          MessagingRouterAPI.SearchMessages(senderID: sender.id), account: TestSender.stranger)
      }
      #expect(strange?.reason == "SENDER_NOT_FOUND")
    }
  }

  // MARK: Read marks

  @Test func `a read mark is told to Meta once, typing every time`() async throws {
    try await run { harness, router in
      let message = try await inbound(router)
      func mark(_ typing: Bool?) async throws(CallFailure) -> Message {
        try await router.caller.call(
          MessagingRouterAPI.MarkMessageRead(id: message, typing: typing), account: sender.account)
      }
      let marked = try await mark(nil)
      #expect(marked.readAt == Timestamp(milliseconds: harness.time.now) && marked.status == .received)
      let first = try JSONValue(parsing: try await harness.graph.arrived.next().body)
      #expect(first == ["messaging_product": "whatsapp", "status": "read", "message_id": "wamid.in"])
      _ = try await mark(false)
      #expect(harness.graph.requests == 1)
      _ = try await mark(true)
      let second = try JSONValue(parsing: try await harness.graph.arrived.next().body)
      #expect(second["typing_indicator"] == ["type": "text"])
    }
  }

  @Test func `what Meta says of a read mark is told in our words, and nothing is kept`() async throws {
    try await run { harness, router in
      let message = try await inbound(router)
      func failure(_ id: MessageID) async -> CallFailure? {
        await refusal { () async throws(CallFailure) in
          _ = try await router.caller.call(MessagingRouterAPI.MarkMessageRead(id: id), account: sender.account)
        }
      }
      harness.graph.answering { _ in MetaAnswers.error(131_009) }
      let refused = await failure(message)
      #expect(refused?.reason == "META_REFUSED" && refused?.details?["meta_code"] == 131_009)
      harness.graph.answering { _ in MetaAnswers.error(131_016, status: 500) }
      #expect(await failure(message)?.reason == "UNKNOWN_ERROR")
      harness.graph.answering { _ in .text("what?") }
      let lost = await failure(message)
      #expect(lost?.reason == "META_UNREACHABLE" && lost?.code == .unavailable)
      #expect(try await router.text("SELECT read_at FROM messages WHERE id = '\(message.text)'") == ["NULL"])
      harness.graph.answering { MetaAnswers.accepted($0) }
      let own = try await router.send("hi", from: sender)
      #expect(await failure(own.id)?.reason == "MESSAGE_NOT_INBOUND")
      #expect(await failure(MessageID(trusted: "msg_01JD0000000000000000000000"))?.reason == "MESSAGE_NOT_FOUND")
    }
  }
}
