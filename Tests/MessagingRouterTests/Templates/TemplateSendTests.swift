import Contracts
import JSON
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport
import Wire

@testable import MessagingRouter

/// Sends of a template by its id.
@Suite struct TemplateSendTests {
  let sender = TestSender()

  static let two: JSONValue = [
    ["type": "BODY", "text": "Hello {{1}}, your order {{2}} is ready.", "example": ["body_text": [["Ann", "7"]]]]
  ]

  private func run(
    _ senders: [TestSender] = [], _ prepare: (MetaTemplates) -> Void,
    _ body: (MessagingRouterHarness, RunningRouter, MetaTemplates, [Template]) async throws -> Void
  ) async throws {
    try await MessagingRouterHarness.run { harness, router in
      let meta = MetaTemplates(harness)
      prepare(meta)
      for sender in [sender] + senders { harness.registry.publish(sender) }
      for sender in [sender] + senders { try await router.knows(sender) }
      try await router.hasSynced()
      try await body(harness, router, meta, try await router.templates(sender))
    }
  }

  private func send(
    _ router: RunningRouter, _ template: Template, _ variables: [String: String]? = nil, to: String = "+4915112345678",
    from: TestSender? = nil, key: String? = nil
  ) async throws(CallFailure) -> Message {
    try await router.caller.call(
      MessagingRouterAPI.SendTemplate(
        senderID: (from ?? sender).id, templateID: template.id, to: RecipientNumber(reading: to), recipientName: "Ann",
        variables: variables),
      account: sender.account, key: key)
  }

  @Test func `it is queued with its text, and opens no window`() async throws {
    try await run {
      $0.put("order_1", id: "7", components: Self.two)
    } _: { _, router, _, templates in
      let message = try await send(router, templates[0], ["1": "Ann", "2": "1042"], key: "k")
      #expect(message.type == "template" && message.text == "Hello Ann, your order 1042 is ready.")
      #expect(message.templateID == templates[0].id && message.content?.template?.name == "order_1")
      #expect(try await send(router, templates[0], ["1": "Ann", "2": "1042"], key: "k").id == message.id)
      #expect(try await router.text("SELECT category FROM messages WHERE template_id IS NOT NULL") == ["utility"])
      #expect(try await router.text("SELECT window_expires_at FROM conversations") == ["NULL"])
      #expect(try await router.text("SELECT name FROM contacts") == ["Ann"])
    }
  }

  @Test func `a misfit makes the template be read once, and the new copy decides`() async throws {
    try await run {
      $0.put("order_1", id: "7")
    } _: { harness, router, meta, templates in
      // Somebody has rewritten it at Meta, and no webhook has come.
      meta.put("order_1", id: "7", components: Self.two)
      let message = try await send(router, templates[0], ["1": "Ann", "2": "1042"])
      #expect(message.text == "Hello Ann, your order 1042 is ready.")
      #expect(meta.count("GET 7") == 1)
      // Many that do not fit at once are one question.
      harness.time.advance(by: .seconds(60))
      await withTaskGroup(of: String.self) { group in
        for _ in 0..<8 {
          group.addTask { await reason { _ = try await send(router, templates[0], ["1": "Ann"]) } }
        }
        for await answer in group { #expect(answer == "failed_precondition TEMPLATE_MISMATCH") }
      }
      #expect(meta.count("GET 7") == 2)
      do {
        _ = try await send(router, templates[0], ["1": "Ann", "3": "x"])
      } catch let error as CallFailure {
        #expect(error.details?["field"]?.string == "variables.2")
        #expect(error.details?["problems"]?.array?.count == 2)
      }
      #expect(meta.count("GET 7") == 2)
    }
  }

  @Test func `each reason not to send has its code`() async throws {
    var other = TestSender(2)
    other.wabaID = "waba-2"
    var offline = TestSender(3)
    offline.status = .offline
    try await MessagingRouterHarness.run { harness, router in
      let meta = MetaTemplates(harness)
      meta.put("a_plain")
      meta.put("b_paused", status: "PAUSED")
      meta.put(
        "c_call",
        components: [
          ["type": "BODY", "text": "May we call you?"],
          ["type": "BUTTONS", "buttons": [["type": "VOICE_CALL", "text": "Call us"]]],
        ])
      for sender in [sender, other, offline] { harness.registry.publish(sender) }
      for sender in [sender, other, offline] { try await router.knows(sender) }
      try await eventually("all are read") { try await router.templates(sender).count == 3 }
      let templates = try await router.templates(sender)
      let unknown = TemplateID(trusted: "tpl_01JD0000000000000000000000")
      let call = MessagingRouterAPI.SendTemplate(
        senderID: sender.id, templateID: unknown, to: RecipientNumber(reading: "+4915112345678"))
      #expect(
        await reason { _ = try await router.caller.call(call, account: sender.account) }
          == "not_found TEMPLATE_NOT_FOUND")
      #expect(await reason { _ = try await send(router, templates[0], to: "0151") } == "invalid_argument INVALID_PHONE")
      #expect(
        await reason { _ = try await send(router, templates[0], from: offline) } == "failed_precondition SENDER_OFFLINE"
      )
      #expect(
        await reason { _ = try await send(router, templates[0], from: other) }
          == "failed_precondition TEMPLATE_MISMATCH")
      #expect(await reason { _ = try await send(router, templates[1]) } == "failed_precondition TEMPLATE_NOT_APPROVED")
      // No number of the portfolio has read its limit yet.
      for unread in ["NULL", "'TIER_NOT_SET'"] {
        try await router.database.write { connection in
          try connection.execute("UPDATE replica_senders SET messaging_limit = \(unread)")
        }
        #expect(
          await reason { _ = try await send(router, templates[2]) } == "unavailable MESSAGING_LIMIT_UNAVAILABLE")
      }
      try await router.database.write { connection in
        try connection.execute("UPDATE replica_senders SET messaging_limit = 'TIER_250'")
      }
      #expect(
        await reason { _ = try await send(router, templates[2]) } == "failed_precondition VOICE_CALL_LIMIT_NOT_MET")
      try await router.database.write { connection in
        try connection.execute("UPDATE replica_senders SET messaging_limit = 'TIER_2K'")
      }
      #expect(try await send(router, templates[2]).text == "May we call you?\n[Call us]")
      #expect(
        await reason { _ = try await send(router, templates[0], ["1": "x"]) } == "failed_precondition TEMPLATE_MISMATCH"
      )
      try await router.database.write { connection in
        try connection.execute("UPDATE templates SET meta_id = NULL, status = 'draft' WHERE name = 'a_plain'")
      }
      #expect(await reason { _ = try await send(router, templates[0]) } == "failed_precondition TEMPLATE_NOT_SYNCED")
    }
  }

  @Test(arguments: [132_000, 132_001, 132_012])
  func `a status webhook that tells of a misfit makes the template be read, many of them once`(code: Int) async throws {
    try await run {
      $0.put("order_1", id: "7")
    } _: { harness, router, meta, templates in
      meta.put("order_1", id: "7", components: Self.two)
      var sent: [Message] = []
      for number in 0..<3 { sent.append(try await send(router, templates[0], to: "+491511234567\(number)")) }
      for message in sent { try await router.becomes(message.id.text, "accepted") }
      func tell(_ message: Message, _ code: Int) async throws {
        try await router.webhook(
          WebhookBody.batch(
            statuses: [WebhookBody.status("failed", of: "wamid.of.\(message.id.text)", errorCode: code)]))
        try await router.becomes(message.id.text, "failed")
      }
      try await tell(sent[0], code)
      try await eventually("it is read") { try await router.template(templates[0].id, sender).variables.count == 2 }
      try await tell(sent[1], code)
      try await tell(sent[2], code)
      // They wait for the next reading, a minute later.
      try await eventually("it is put off") {
        try await router.text("SELECT stale_at - refused_at FROM templates") == ["0"]
      }
      #expect(meta.count("GET 7") == 1)
      harness.time.advance(by: .seconds(61))
      router.service.clockWasSet()
      try await eventually("it is read again") { meta.count("GET 7") == 2 }
      try await eventually("that settles it") { try await router.text("SELECT stale_at FROM templates") == ["NULL"] }
      #expect(meta.count("GET 7") == 2)
    }
  }

  @Test func `other failures say nothing about the template`() async throws {
    try await run {
      $0.put("order_1", id: "7")
    } _: { _, router, meta, templates in
      let message = try await send(router, templates[0])
      try await router.becomes(message.id.text, "accepted")
      try await router.webhook(
        WebhookBody.batch(
          statuses: [WebhookBody.status("failed", of: "wamid.of.\(message.id.text)", errorCode: 131_026)]))
      try await router.becomes(message.id.text, "failed")
      #expect(try await router.text("SELECT stale_at FROM templates") == ["NULL"])
      #expect(meta.count("GET 7") == 0)
    }
  }

  @Test func `one that refused marketing gets none`() async throws {
    try await run {
      $0.put("sale_1", category: "MARKETING")
    } _: { _, router, _, templates in
      _ = try await send(router, templates[0])
      try await router.database.write { connection in
        try connection.execute(
          """
          INSERT INTO contact_preferences (contact_id, category, account_id, is_opted_out, source, said_at, updated_at)
          SELECT id, 'marketing', account_id, 1, 'operator', 0, 0 FROM contacts
          """)
      }
      #expect(await reason { _ = try await send(router, templates[0]) } == "failed_precondition OPTED_OUT")
    }
  }

  @Test func `the place of a header is one on the earth`() async throws {
    try await run {
      $0.put(
        "visit_1", components: [["type": "HEADER", "format": "LOCATION"], ["type": "BODY", "text": "Visit us."]])
    } _: { _, router, _, templates in
      let template = try await router.template(templates[0].id, sender)
      func problem(_ place: MessageLocation) async -> String {
        do {
          _ = try await router.caller.call(
            MessagingRouterAPI.SendTemplate(
              senderID: sender.id, templateID: template.id, to: RecipientNumber(reading: "+4915112345678"),
              headerLocation: place),
            account: sender.account)
          return "none"
        } catch {
          return "\(error.reason) \(error.details?["field"]?.string ?? "")"
        }
      }
      #expect(
        await problem(MessageLocation(latitude: 91, longitude: 0)) == "VALUE_OUT_OF_RANGE header_location.latitude")
      #expect(
        await problem(MessageLocation(latitude: 0, longitude: -181)) == "VALUE_OUT_OF_RANGE header_location.longitude")
      let long = String(repeating: "a", count: 1_001)
      #expect(
        await problem(MessageLocation(latitude: 0, longitude: 0, name: long))
          == "LENGTH_OUT_OF_RANGE header_location.name")
      #expect(await problem(MessageLocation(latitude: 37.5, longitude: -122.25, name: "Shop")) == "none")
    }
  }

  @Test func `a code goes to nobody whose number is not known`() async throws {
    try await run {
      $0.put("code_1", category: "AUTHENTICATION", components: [["type": "BODY", "text": "{{1}} is your code."]])
    } _: { harness, router, _, _ in
      func send(_ change: (inout MessagingRouterAPI.SendMessage) -> Void) async throws -> Message {
        var call = MessagingRouterAPI.SendMessage(
          senderID: sender.id,
          template: TemplateMessage(
            name: "code_1", language: TemplateLanguage(code: "en_US"),
            components: [["type": "body", "parameters": [["type": "text", "text": "123456"]]]]))
        change(&call)
        return try await router.caller.call(call, account: sender.account)
      }
      let user = "US.13491208655302741918"
      #expect(
        await reason { _ = try await send { $0.recipient = user } } == "failed_precondition PHONE_NUMBER_REQUIRED")
      #expect(try await router.count("messages") == 0)
      #expect(try await router.count("contacts") == 0)
      let sent = try await send { $0.to = RecipientNumber(reading: "+4915112345678") }
      // The same person is known by an id as well: the number is there, and Meta gets it.
      try await router.database.write { try $0.execute("UPDATE contacts SET user_id = ?", user) }
      let again = try await send { $0.recipient = user }
      #expect(again.conversationID == sent.conversationID)
    }
  }

  @Test func `a send by name is resolved to the template of the sender's account`() async throws {
    try await run {
      $0.put("order_1", id: "7", components: Self.two)
    } _: { _, router, _, templates in
      let (account, id) = (sender.account, sender.id)
      func resolve(_ name: String, _ components: [JSONValue]?) async -> String {
        let content = TemplateMessage(
          name: name, language: TemplateLanguage(code: "en_US"), components: components)
        return await reason {
          let found = try await router.database.read { connection in
            let sender = try #require(try SenderRow.find(id: id, account: account, connection))
            return try TemplateCheck.resolve(content, sender: sender, connection)
          }
          #expect(found.id == templates[0].id && found.category == "utility")
          #expect(found.text == "Hello Ann, your order 7 is ready.")
        }
      }
      let values: [JSONValue] = [
        ["type": "body", "parameters": [["type": "text", "text": "Ann"], ["type": "text", "text": "7"]]]
      ]
      #expect(await resolve("order_1", values) == "none")
      #expect(await resolve("order_1", nil) == "failed_precondition TEMPLATE_MISMATCH")
      #expect(await resolve("order_2", nil) == "not_found TEMPLATE_NOT_FOUND")
      try await router.database.write { try $0.execute("UPDATE template_syncs SET synced_at = NULL") }
      #expect(await resolve("order_2", nil) == "failed_precondition TEMPLATE_NOT_SYNCED")
    }
  }
}
