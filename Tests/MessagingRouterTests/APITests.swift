import Contracts
import Crypto
import JSON
import MessagingRouter
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport
import Wire
import Workers

@Suite struct APITests {
  let sender = TestSender()
  let stranger = TestSender(2, account: TestSender.stranger)

  private func run(_ body: (MessagingRouterHarness, RunningRouter) async throws -> Void) async throws {
    try await MessagingRouterHarness.run(senders: [sender, stranger]) { harness, router in
      try await router.open(sender)
      try await body(harness, router)
    }
  }

  private func reason(_ body: () async throws -> Void) async -> String {
    do {
      try await body()
      return "none"
    } catch let failure as CallFailure {
      return "\(failure.code.rawValue) \(failure.reason)"
    } catch {
      return "\(error)"
    }
  }

  @Test func `a repeated key answers with the first message, another text under it is refused`() async throws {
    try await run { harness, router in
      let first = try await router.send("hi", from: sender, key: "k-1")
      try await router.becomes(first.id.text, "accepted")
      let again = try await router.send("hi", from: sender, key: "k-1")
      // The first answer, whatever has become of the message since.
      #expect(again == first)
      #expect(
        await reason { _ = try await router.send("bye", from: sender, key: "k-1") }
          == "already_exists IDEMPOTENCY_KEY_REUSED")
      let other = try await router.send("hi", from: sender)
      #expect(other.id != first.id)
      try await router.isQuiet()
      #expect(harness.graph.requests == 2)
    }
  }

  @Test func `every POST gives the same answer to the same key and has one effect`() async throws {
    try await run { harness, router in
      let templates = MetaTemplates(harness)
      let paused = ["a", "b"].map { templates.put("paused_\($0)", status: "PAUSED") }
      let plain = templates.put("plain")
      try await router.hasSynced(times: 2)
      harness.time.advance(by: .seconds(10))
      try await router.sync(sender)
      harness.time.advance(by: .seconds(10))
      let known = try await router.templates(sender)
      func id(_ metaID: String) -> TemplateID {
        known.first { $0.metaTemplateID == metaID }?.id ?? TemplateID(trusted: "tpl_unknown")
      }
      let account = sender.account
      @Sendable func answer<C: Call>(_ call: C, _ key: String) async throws -> [UInt8] {
        try JSONCoder.encode(try await router.caller.call(call, account: account, key: key))
      }
      let check = IdempotencyCheck(
        router.database,
        kept: """
          SELECT (\(IdempotencyCheck.savedAnswers))
            + (SELECT count(*) FROM message_keys WHERE key = ?1 || ':' || ?2)
          """
      ) { try await answer($0, $1) }
      let customer = PhoneNumber(trusted: "+4915112345678")
      func scheduled() async throws -> MessageID {
        var call = MessagingRouterAPI.SendMessage(senderID: sender.id, to: customer, text: "later")
        call.sendAt = Timestamp(milliseconds: harness.time.now + 3_600_000)
        return try await router.caller.call(call, account: account).id
      }
      func received(_ id: String) async throws -> MessageID {
        try await router.open(sender, id: id)
        let found = try await router.text("SELECT id FROM messages WHERE meta_message_id = '\(id)'")
        return MessageID(trusted: try #require(found.first))
      }
      let second = try await scheduled()
      let stories: [IdempotencyCheck.Story] = [
        .init(
          MessagingRouterAPI.SendMessage(senderID: sender.id, to: customer, text: "hi"),
          other: MessagingRouterAPI.SendMessage(senderID: sender.id, to: customer, text: "bye")),
        .init(
          MessagingRouterAPI.SendText(senderID: sender.id, to: customer, text: "hi"),
          other: MessagingRouterAPI.SendText(senderID: sender.id, to: customer, text: "bye")),
        .init(
          MessagingRouterAPI.CancelMessage(id: try await scheduled()),
          other: MessagingRouterAPI.CancelMessage(id: second)),
        .init(
          MessagingRouterAPI.MarkMessageRead(id: try await received("wamid.a")),
          other: MessagingRouterAPI.MarkMessageRead(id: try await received("wamid.b"))),
        .init(
          MessagingRouterAPI.CreateAssistant(name: "A", instructions: "Be kind."),
          other: MessagingRouterAPI.CreateAssistant(name: "B", instructions: "Be kind.")),
        .init(
          MessagingRouterAPI.CreateTemplate(
            senderID: sender.id, name: "one", language: "de", category: .utility,
            components: [TemplateComponent(.body, text: "Hallo")]),
          other: MessagingRouterAPI.CreateTemplate(
            senderID: sender.id, name: "two", language: "de", category: .utility,
            components: [TemplateComponent(.body, text: "Hallo")])),
        .init(
          MessagingRouterAPI.SyncTemplates(senderID: sender.id),
          other: MessagingRouterAPI.SyncTemplates(senderID: stranger.id)),
        .init(
          MessagingRouterAPI.PreviewTemplate(id: id(plain)),
          other: MessagingRouterAPI.PreviewTemplate(id: id(plain), variables: ["1": "x"])),
        .init(
          MessagingRouterAPI.UnpauseTemplate(id: id(paused[0])),
          other: MessagingRouterAPI.UnpauseTemplate(id: id(paused[1]))),
        .init(
          MessagingRouterAPI.SendTemplate(senderID: sender.id, templateID: id(plain), to: RecipientNumber(customer)),
          other: MessagingRouterAPI.SendTemplate(
            senderID: sender.id, templateID: id(plain), to: RecipientNumber(reading: "+4915112345679"))),
        .init(
          MessagingRouterAPI.CreateMedia(senderID: sender.id, mimeType: "image/png"),
          other: MessagingRouterAPI.CreateMedia(senderID: sender.id, mimeType: "image/jpeg")),
      ]
      // In UnknownTests, LimitTests and BroadcastAPITests.
      let told =
        ["messaging.sending.resume", "messaging.message.resolve"] + MessagingRouterAPI.broadcastCalls.map { $0.method }
      #expect(IdempotencyCheck.uncovered(MessagingRouterAPI.calls, by: stories).filter { !told.contains($0) } == [])
      for story in stories { #expect(try await check.problems(with: story).isEmpty) }
      _ = try await router.caller.call(MessagingRouterAPI.CancelMessage(id: second), account: account)
      try await router.isQuiet()
      // Two texts, a template and a read mark.
      #expect(harness.graph.requests == 4)
    }
  }

  @Test func `a key of an earlier version still answers for a day`() async throws {
    try await run { harness, router in
      let sent = try await router.send("hi", from: sender)
      let assistant = try await router.caller.call(
        MessagingRouterAPI.CreateAssistant(name: "A", instructions: "Be kind."), account: sender.account)
      let call = MessagingRouterAPI.CreateAssistant(name: "A", instructions: "Be kind.")
      let assistantHash = SHA256.hash(try JSONCoder.encode(call))
      let asked = MessagingRouterAPI.SendMessage(
        senderID: sender.id, to: PhoneNumber(trusted: "+4915112345678"), text: "hi")
      let (hash, answer) = (SHA256.hash(try JSONCoder.encode(asked)), try JSONCoder.encode(sent))
      let keyring = try SealingKeyring(file: harness.files.sealingKeyFile(.messagingRouter))
      let (account, now) = (sender.account, harness.time.now)
      try await router.database.write { connection in
        try connection.adoptAnswer(
          answer, account: account, operation: MessagingRouterAPI.SendMessage.method, key: "k", bodyHash: hash,
          createdAt: now, keyring)
        try connection.execute("UPDATE assistants SET idempotency_key = 'k', body_hash = ?", assistantHash)
      }
      #expect(try await router.send("hi", from: sender, key: "k").id == sent.id)
      #expect(
        await reason { _ = try await router.send("bye", from: sender, key: "k") }
          == "already_exists IDEMPOTENCY_KEY_REUSED")
      #expect(try await router.caller.call(call, account: sender.account, key: "k").id == assistant.id)
      try await router.isQuiet()
      #expect(harness.graph.requests == 1)
    }
  }

  @Test func `keys last a day, however many there are, and then make room`() async throws {
    try await run { harness, router in
      let first = try await router.send("hi", from: sender, key: "first")
      for number in 0..<20 { _ = try await router.send("m", from: sender, key: "k-\(number)") }
      harness.time.advance(by: .seconds(86_399))
      #expect(try await router.send("hi", from: sender, key: "first") == first)
      harness.time.advance(by: .seconds(2))
      try await router.database.write {
        try $0.execute("UPDATE conversations SET window_expires_at = \(Int64.max / 2)")
      }
      let again = try await router.send("hi", from: sender, key: "first")
      #expect(again.id != first.id)
      for number in 0..<6 { _ = try await router.send("m", from: sender, key: "new-\(number)") }
      #expect(try await router.count("message_keys") == 7)
    }
  }

  @Test func `the key of a message that was deleted since makes no second one`() async throws {
    try await run { harness, router in
      let first = try await router.send("hi", from: sender, key: "k")
      try await router.becomes(first.id.text, "accepted")
      try await router.isQuiet()
      let id = first.id.text
      try await router.database.write { try $0.execute("DELETE FROM messages WHERE id = ?", id) }
      #expect(
        await reason { _ = try await router.send("hi", from: sender, key: "k") } == "not_found MESSAGE_NOT_FOUND")
      #expect(harness.graph.requests == 1)
    }
  }

  @Test func `ten sends at once under one key are one message`() async throws {
    try await run { harness, router in
      let ids = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<10 { group.addTask { try await router.send("hi", from: sender, key: "k").id.text } }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(ids.count == 1)
      try await router.isQuiet()
      #expect(harness.graph.requests == 1)
    }
  }

  @Test func `a send is refused with its reason when Meta's rules forbid it`() async throws {
    try await run { harness, router in
      #expect(
        await reason { _ = try await router.send("hi", from: sender, to: "+4917099999999") }
          == "failed_precondition SESSION_EXPIRED")
      for text in ["", String(repeating: "x", count: 4_097)] {
        #expect(
          await reason { _ = try await router.send(text, from: sender) } == "invalid_argument LENGTH_OUT_OF_RANGE")
      }
      for text in [" ", "\n\t\r", "\u{200B}", "a\u{0}", "\u{1B}[1m", "a\u{7F}"] {
        #expect(await reason { _ = try await router.send(text, from: sender) } == "invalid_argument TEXT_INVALID")
      }
      _ = try await router.send("a\n\tb\r\n", from: sender)
      _ = try await router.send(String(repeating: "x", count: 4_096), from: sender)
      harness.time.advance(by: .seconds(24 * 3_600))
      #expect(await reason { _ = try await router.send("hi", from: sender) } == "failed_precondition SESSION_EXPIRED")
      var offline = sender
      offline.status = .suspended
      harness.registry.publish(offline)
      try await router.knows(offline)
      #expect(await reason { _ = try await router.send("hi", from: sender) } == "failed_precondition SENDER_OFFLINE")
    }
  }

  @Test func `nothing of one account is visible to another`() async throws {
    try await run { _, router in
      let assistant = try await router.assist(sender)
      let message = try await router.send("hi", from: sender)
      let other = TestSender.stranger
      let caller = router.caller
      let conversation = message.conversationID
      #expect(
        await reason { _ = try await caller.call(MessagingRouterAPI.GetMessage(id: message.id), account: other) }
          == "not_found MESSAGE_NOT_FOUND")
      #expect(
        await reason { _ = try await caller.call(MessagingRouterAPI.GetAssistant(id: assistant.id), account: other) }
          == "not_found ASSISTANT_NOT_FOUND")
      #expect(
        await reason { _ = try await caller.call(MessagingRouterAPI.GetBinding(senderID: sender.id), account: other) }
          == "not_found SENDER_NOT_FOUND")
      let both = MessagingRouterAPI.ListBindings(senderIDs: [sender.id, stranger.id])
      #expect(try await caller.call(both, account: other).data.map(\.senderID) == [stranger.id])
      let own = try await caller.call(both, account: sender.account).data
      #expect(own == [.init(senderID: sender.id, assistantID: assistant.id, aiEnabled: true)])
      for count in [0, 101] {
        let call = MessagingRouterAPI.ListBindings(senderIDs: Array(repeating: sender.id, count: count))
        #expect(
          await reason { _ = try await caller.call(call, account: other) }
            == "invalid_argument SENDER_IDS_OUT_OF_RANGE")
      }
      for assistantID: Patch<AssistantID> in [.set(assistant.id), .absent, .null] {
        let bind = MessagingRouterAPI.SetBinding(senderID: sender.id, assistantID: assistantID, aiEnabled: false)
        #expect(await reason { _ = try await caller.call(bind, account: other) } == "not_found SENDER_NOT_FOUND")
      }
      let bind = MessagingRouterAPI.SetBinding(senderID: stranger.id, assistantID: .set(assistant.id), aiEnabled: true)
      #expect(await reason { _ = try await caller.call(bind, account: other) } == "not_found ASSISTANT_NOT_FOUND")
      let send = MessagingRouterAPI.SendMessage(
        senderID: sender.id, to: PhoneNumber(trusted: "+4915112345678"), text: "hi")
      #expect(await reason { _ = try await caller.call(send, account: other) } == "not_found SENDER_NOT_FOUND")
      #expect(try await caller.call(MessagingRouterAPI.ListAssistants(), account: other).data.isEmpty)
      let conversations = MessagingRouterAPI.ListConversations(senderID: sender.id)
      #expect(await reason { _ = try await caller.call(conversations, account: other) } == "not_found SENDER_NOT_FOUND")
      let messages = MessagingRouterAPI.ListMessages(conversationID: conversation)
      #expect(
        await reason { _ = try await caller.call(messages, account: other) } == "not_found CONVERSATION_NOT_FOUND")
      // A sender of one's own without conversations is no error.
      let quiet = MessagingRouterAPI.ListConversations(senderID: stranger.id)
      #expect(try await caller.call(quiet, account: other).data.isEmpty)
      for call in [MessagingRouterAPI.ListAssistants()] {
        #expect(await reason { _ = try await caller.call(call) } == "permission_denied ACCOUNT_REQUIRED")
      }
    }
  }

  @Test func `pages go through everything once, and bad limits and cursors are named`() async throws {
    try await run { harness, router in
      for number in 0..<7 { try await router.open(sender, from: "491700000010\(number)") }
      for number in 0..<4 { _ = try await router.send("m\(number)", from: sender) }
      let caller = router.caller
      var seen: [String] = []
      var cursor: String?
      repeat {
        let page = try await caller.call(
          MessagingRouterAPI.ListConversations(senderID: sender.id, limit: 3, cursor: cursor), account: sender.account)
        #expect(page.data.count <= 3)
        seen += page.data.map(\.id.text)
        cursor = page.nextCursor
      } while cursor != nil
      #expect(seen.count == 8 && Set(seen).count == 8)

      let conversation = try #require(
        try await router.text("SELECT conversation_id FROM messages WHERE text = 'm0'").first)
      let messages = MessagingRouterAPI.ListMessages(conversationID: ConversationID(trusted: conversation), limit: 2)
      let first = try await caller.call(messages, account: sender.account)
      #expect(first.data.map(\.text) == ["m3", "m2"])
      var more = messages
      more.cursor = first.nextCursor
      #expect(try await caller.call(more, account: sender.account).data.map(\.text) == ["m1", "m0"])

      for limit in [0, -1, 101] {
        let call = MessagingRouterAPI.ListAssistants(limit: limit)
        #expect(
          await reason { _ = try await caller.call(call, account: sender.account) }
            == "invalid_argument LIMIT_OUT_OF_RANGE")
      }
      for cursor in ["", "%%%", "AA"] {
        let call = MessagingRouterAPI.ListConversations(senderID: sender.id, cursor: cursor)
        #expect(
          await reason { _ = try await caller.call(call, account: sender.account) } == "invalid_argument CURSOR_INVALID"
        )
      }
    }
  }

  @Test func `an assistant is checked before it is stored`() async throws {
    try await run { _, router in
      func create(_ call: MessagingRouterAPI.CreateAssistant) async -> String {
        await reason { _ = try await router.caller.call(call, account: sender.account) }
      }
      #expect(await create(.init(name: "", instructions: "x")) == "invalid_argument LENGTH_OUT_OF_RANGE")
      #expect(await create(.init(name: "x", instructions: "")) == "invalid_argument LENGTH_OUT_OF_RANGE")
      #expect(
        await create(.init(name: "x", instructions: String(repeating: "x", count: 20_001)))
          == "invalid_argument LENGTH_OUT_OF_RANGE")
      #expect(
        await create(.init(name: "x", instructions: "x", temperature: 1.1))
          == "invalid_argument TEMPERATURE_OUT_OF_RANGE")
      #expect(
        await reason {
          _ = try await router.caller.call(
            MessagingRouterAPI.SetBinding(senderID: sender.id, assistantID: .absent, aiEnabled: true),
            account: sender.account)
        } == "failed_precondition ASSISTANT_REQUIRED")
    }
  }
}
