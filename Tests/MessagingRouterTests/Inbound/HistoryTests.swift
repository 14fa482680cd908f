import Contracts
import HTTP
import JSON
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport

@testable import MessagingRouter

/// What was said in the business's app before the number came here.
@Suite struct HistoryTests {
  private let sender = TestSender()
  private static let ours = "15550001001"
  private static let customer = "4915112345678"
  /// The harness's clock.
  private static let now: Int64 = 1_767_225_600
  private static let day: Int64 = 86_400

  private func theirs(
    _ id: String, _ text: String, at seconds: Int64, from: String = customer, status: String = "DELIVERED"
  ) -> String {
    #"{"from":"\#(from)","id":"\#(id)","timestamp":"\#(seconds)","type":"text","text":{"body":"\#(text)"},"history_context":{"status":"\#(status)"}}"#
  }

  private func own(
    _ id: String, _ text: String, at seconds: Int64, to: String = customer, status: String = "READ"
  ) -> String {
    #"{"from":"\#(Self.ours)","to":"\#(to)","id":"\#(id)","timestamp":"\#(seconds)","type":"text","text":{"body":"\#(text)"},"history_context":{"status":"\#(status)"}}"#
  }

  private func thread(_ messages: [String], with customer: String = customer) -> String {
    #"{"id":"\#(customer)","messages":[\#(messages.joined(separator: ","))]}"#
  }

  private func history(_ threads: [String], phase: Int = 0, chunk: Int = 1) -> String {
    value(
      #""history":[{"metadata":{"phase":\#(phase),"chunk_order":\#(chunk),"progress":50},"threads":[\#(threads.joined(separator: ","))]}]"#
    )
  }

  private func value(_ members: String) -> String {
    WebhookBody.changes([
      #"{"field":"history","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"\#(Self.ours)","phone_number_id":"pn-1"},\#(members)}}"#
    ])
  }

  private func conversation(_ router: RunningRouter) async throws -> [Message] {
    let all = try await router.caller.call(
      MessagingRouterAPI.ListConversations(senderID: sender.id), account: sender.account)
    let id = try #require(all.data.first).id
    return try await router.caller.call(
      MessagingRouterAPI.ListMessages(conversationID: id), account: sender.account
    ).data
  }

  @Test func `chunks in any order stand in the order of their times, before what was said since`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.assist(sender)
      try await router.open(sender)
      let live = try await router.send("How can I help?", from: sender).id.text
      try await router.becomes(live, "accepted")
      try await router.isQuiet()
      let (asked, told) = (harness.model.requests, harness.receipts.happenings.count)
      let (sends, started) = (harness.graph.requests, try await router.count("conversation_sessions"))

      let long = Self.now - 100 * Self.day
      try await router.webhook(
        history([thread([theirs("h3", "third", at: long + 20), own("h4", "fourth", at: long + 20)])], chunk: 2))
      try await router.webhook(
        history([thread([own("h2", "second", at: long + 10), theirs("h1", "first", at: long)])], phase: 1))
      try await router.webhook(
        history([thread([own("h2", "second", at: long + 10), theirs("h1", "first", at: long)])], phase: 1))
      try await router.isQuiet()
      let messages = try await conversation(router)
      #expect(messages.reversed().prefix(4).map(\.text) == ["first", "second", "third", "fourth"])
      #expect(Set(messages.prefix(messages.count - 4).map(\.text)).contains("hello"))
      let second = try #require(messages.first { $0.text == "second" })
      #expect(second.direction == .outbound && second.origin == .app && second.status == .read)
      #expect(second.providerTimestamp == Timestamp(milliseconds: (long + 10) * 1_000))
      let first = try #require(messages.last)
      #expect(first.direction == .inbound && first.origin == .customer && first.status == .received)
      // Nobody is asked, told or written to because of it.
      #expect(harness.model.requests == asked && harness.graph.requests == sends)
      #expect(harness.receipts.happenings.count == told)
      #expect(try await router.count("conversation_sessions") == started)
      #expect(try await router.count("turns") == 0)
      // The next page begins where the last one ended, below as above.
      let page = try await router.caller.call(
        MessagingRouterAPI.ListMessages(conversationID: first.conversationID, limit: 3),
        account: sender.account)
      let next = try await router.caller.call(
        MessagingRouterAPI.ListMessages(conversationID: first.conversationID, cursor: page.nextCursor),
        account: sender.account)
      #expect((page.data + next.data).map(\.id) == messages.map(\.id))
    }
  }

  @Test func `the window is open as far as the customer's last words open it, and no further`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      let recent = Self.now - 3_600
      try await router.webhook(
        history([
          thread([theirs("a1", "just now", at: recent), own("a2", "answer", at: recent + 60)]),
          thread([theirs("b1", "long ago", at: Self.now - 2 * Self.day, from: "491520000001")], with: "491520000001"),
          thread([own("c1", "we wrote", at: recent, to: "491520000002")], with: "491520000002"),
          // A clock that is wrong opens nothing for longer than now does.
          thread([theirs("d1", "tomorrow", at: Self.now + Self.day, from: "491520000003")], with: "491520000003"),
        ]))
      try await router.isQuiet()
      let windows = try await router.text(
        """
        SELECT p.phone_number || ' ' || coalesce((c.window_expires_at - \(Self.now * 1_000)) / 3600000, 'closed')
        FROM conversations c JOIN contacts p ON p.id = c.contact_id ORDER BY 1
        """)
      #expect(
        windows == [
          "+4915112345678 23", "+491520000001 closed", "+491520000002 closed", "+491520000003 24",
        ])
      // Listed by when something was said, not by when it was heard of.
      let page = try await router.caller.call(
        MessagingRouterAPI.ListConversations(senderID: sender.id), account: sender.account)
      #expect(page.data.last?.lastMessageAt == Timestamp(milliseconds: (Self.now - 2 * Self.day) * 1_000))
    }
  }

  @Test func `what is known already is not stored twice, whichever comes first`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender, id: "wamid.live")
      let event = try await harness.receipts.next(.messageReceived)
      #expect(event.data["text"]?.string == "hello")
      try await router.webhook(
        history([
          thread([theirs("wamid.live", "hello", at: Self.now), theirs("wamid.old", "before", at: Self.now - 9)])
        ])
      )
      try await router.webhook(
        WebhookBody.batch(messages: [WebhookBody.text("wamid.old", "before", at: Self.now - 9)]))
      try await router.isQuiet()
      #expect(try await conversation(router).map(\.text) == ["hello", "before"])
      while harness.receipts.happenings.count > 0 {
        let more = try await harness.receipts.happenings.next("an event")
        #expect(more.type != .messageReceived)
      }
    }
  }

  @Test(
    arguments: [
      ("SENT", "sent", 1), ("DELIVERED", "delivered", 3), ("READ", "read", 7), ("PLAYED", "played", 15),
      ("ERROR", "failed", 16), ("PENDING", "accepted", 0), ("HOLOGRAM", "sent", 1),
    ]
  )
  func `Meta's word for how far a message was is ours`(word: String, status: String, told: Int) async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.webhook(history([thread([own("h1", "words", at: Self.now - 9, status: word)])]))
      try await router.isQuiet()
      #expect(try await router.text("SELECT status || ' ' || told FROM messages") == ["\(status) \(told)"])
      // A step that is told again is not news; one that is new is.
      try await router.webhook(WebhookBody.batch(statuses: [WebhookBody.status("delivered", of: "h1")]))
      try await router.isQuiet()
      #expect(harness.receipts.arrived.count == (told & 2 == 0 ? 1 : 0))
    }
  }

  @Test func `a medium whose place was told first is completed when it comes`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let meta = PlayedMedia(harness.graph)
      meta.add("811", SampleMedia.jpeg)
      let place =
        #"{"from":"\#(Self.customer)","id":"h1","timestamp":"\#(Self.now - 90)","type":"media_placeholder","history_context":{"status":"READ"}}"#
      try await router.webhook(history([thread([place, theirs("h2", "see above", at: Self.now - 60)])]))
      try await router.isQuiet()
      #expect(try await conversation(router).map(\.type) == ["text", "media_placeholder"])
      let image =
        #"{"from":"\#(Self.customer)","id":"h1","timestamp":"\#(Self.now - 90)","type":"image","image":{"id":"811","mime_type":"image/jpeg","caption":"My garden"}}"#
      try await router.webhook(value(#""messages":[\#(image)]"#))
      try await router.webhook(value(#""messages":[\#(image)]"#))
      try await router.webhook(history([thread([place])]))
      try await router.isQuiet()
      let messages = try await conversation(router)
      #expect(messages.map(\.type) == ["text", "image"])
      #expect(messages.last?.text == "My garden" && messages.last?.content?.image?.mediaID != nil)
      #expect(try await router.count("media") == 1)
      try await eventually("the picture is here") { try harness.mediaFiles().count == 1 }
    }
  }

  @Test func `one bad entry costs nothing of the others, and a refusal to share is no error`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await router.webhook(
        value(
          #""history":[7,{"errors":[{"code":2593109,"title":"declined"}]},{"metadata":{"phase":2,"chunk_order":1,"progress":100}},{"threads":[9,{"id":"x"},{"messages":[{"id":"h0","timestamp":"1","type":"text"}]},\#(thread([#"{"id":"","timestamp":"1"}"#, theirs("h1", "good", at: Self.now - 5), theirs("h2", "bad number", at: 7, from: "12")]))]}]"#
        ))
      try await router.isQuiet()
      #expect(try await conversation(router).map(\.text) == ["good"])
      let aside = try await router.text("SELECT path FROM inbox_poison ORDER BY path")
      #expect(
        aside == [
          "entry[0].changes[0].history[0]", "entry[0].changes[0].history[3].threads[2].messages[0]",
          "entry[0].changes[0].history[3].threads[3].messages[0]", "update[6]",
        ])
    }
  }

  @Test func `thousands of messages in one webhook are stored in steps, each once`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      let messages = (0..<3_000).map { theirs("h\($0)", "words \($0)", at: Self.now - 100_000 + Int64($0 / 7)) }
      try await router.webhook(history([thread(messages)]))
      try await router.isQuiet()
      #expect(try await router.count("messages") == 3_000)
      // Within a second they stand as they came.
      let ordered = try await router.text("SELECT text FROM messages ORDER BY sequence")
      #expect(ordered == (0..<3_000).map { "words \($0)" })
      #expect(try await router.text("SELECT max(sequence) < 0 FROM messages") == ["1"])
    }
  }

  @Test func `retention goes by when it was said, and its raw JSON by when it was stored`() async throws {
    try await MessagingRouterHarness.run(["HISTORY_RETENTION": "30d", "RAW_RETENTION": "1d"], senders: [sender]) {
      harness, router in
      try await router.webhook(
        history([
          thread([
            theirs("h1", "too old", at: Self.now - 40 * Self.day),
            theirs("h2", "young enough", at: Self.now - Self.day),
          ])
        ]))
      try await router.isQuiet()
      #expect(try await router.text("SELECT count(*) > 0 FROM messages WHERE raw IS NOT NULL") == ["1"])
      try await eventually("the old one is gone") {
        harness.time.advance(by: .seconds(3_600))
        router.service.clockWasSet()
        return try await router.text("SELECT text FROM messages") == ["young enough"]
      }
      try await eventually("its raw JSON is gone") {
        harness.time.advance(by: .seconds(3_600))
        router.service.clockWasSet()
        return try await router.text("SELECT count(*) FROM messages WHERE raw IS NOT NULL") == ["0"]
      }
    }
  }

  @Test func `the assistant knows what was said before`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.assist(sender)
      try await router.webhook(
        history([thread([theirs("h1", "I like roses", at: Self.now - 900), own("h2", "Noted", at: Self.now - 800)])]))
      try await router.isQuiet()
      try await router.open(sender)
      let request = try await harness.model.arrived.next("the question")
      #expect(MetaAnswers.said(request).suffix(3) == ["I like roses", "Noted", "hello"])
    }
  }
}
