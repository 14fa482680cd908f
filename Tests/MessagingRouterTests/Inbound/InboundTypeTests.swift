import Contracts
import MessagingRouterHarness
import TestSupport
import Testing
import Transport

@Suite struct InboundTypeTests {
  private let sender = TestSender()

  private func message(_ wamid: String, _ router: RunningRouter) async throws -> Message {
    let ids = try await router.text("SELECT id FROM messages WHERE meta_message_id = '\(wamid)'")
    let id = try #require(ids.first)
    return try await router.caller.call(
      MessagingRouterAPI.GetMessage(id: MessageID(trusted: id)), account: sender.account)
  }

  @Test func `every shape of a customer's message is stored typed, with the raw JSON beside`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      let messages = InboundFixture.all.enumerated().map { $1.json(id: "wamid.\($0)") }
      try await router.webhook(WebhookBody.batch(messages: messages))
      try await router.isQuiet()
      #expect(try await router.text("SELECT reason FROM inbox_poison") == [])
      for (index, fixture) in InboundFixture.all.enumerated() {
        var found = try await message("wamid.\(index)", router)
        if fixture.content?.image?.mimeType != nil || InboundFixture.media.contains(where: { $0.type == fixture.type })
        {
          // A malformed one has nothing to fetch.
          let media =
            found.content?.image ?? found.content?.video ?? found.content?.audio ?? found.content?.document
            ?? found.content?.sticker
          #expect((media?.mediaID != nil) == (media?.mimeType != nil), "\(fixture)")
          found.content?.image?.mediaID = nil
          found.content?.video?.mediaID = nil
          found.content?.audio?.mediaID = nil
          found.content?.document?.mediaID = nil
          found.content?.sticker?.mediaID = nil
        }
        #expect(found.type == fixture.type && found.text == fixture.text, "\(fixture)")
        #expect(found.content == fixture.content, "\(fixture)")
        #expect(found.direction == .inbound && found.origin == .customer && found.status == .received)
        #expect(found.providerTimestamp == Timestamp(milliseconds: 1_767_225_600_000))
        let raw = try await router.text("SELECT CAST(raw AS TEXT) FROM messages WHERE id = '\(found.id.text)'")
        #expect(raw == [fixture.json(id: "wamid.\(index)")])
      }
    }
  }

  @Test func `media is handed over with Meta's id, its url and what Meta says of it`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await router.webhook(
        WebhookBody.batch(messages: InboundFixture.media.enumerated().map { $1.json(id: "wamid.\($0)") }))
      try await router.isQuiet()
      #expect(
        try await router.text("SELECT meta_media_id || ' ' || kind FROM media ORDER BY meta_media_id") == [
          "811 image", "812 video", "813 audio", "814 sticker", "815 document",
        ])
      // A fetch that was tried has found that the host is not Meta's, and forgets the address.
      #expect(
        try await router.text(
          """
          SELECT count(*) FROM media
          WHERE meta_media_id = '811' AND (meta_url = 'https://lookaside/1' OR attempts > 0)
          """) == ["1"])
      #expect(
        try await router.text(
          "SELECT count(*) FROM media d JOIN messages m ON m.id = d.message_id WHERE CAST(m.content AS TEXT) LIKE '%' || d.id || '%'"
        )
          == ["5"])
    }
  }

  @Test func `what a message answers, reacts to, edits or removes is known by our id`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.elsewhere", "first")]))
      let about = [
        InboundFixture("text", #""context":{"id":"wamid.elsewhere"},"text":{"body":"answer"}"#),
        InboundFixture("text", #""context":{"id":"wamid.never"},"text":{"body":"answer"}"#),
        InboundFixture("reaction", #""reaction":{"message_id":"wamid.elsewhere","emoji":"x"}"#),
        InboundFixture("revoke", #""revoke":{"original_message_id":"wamid.elsewhere"}"#),
      ]
      try await router.webhook(WebhookBody.batch(messages: about.enumerated().map { $1.json(id: "wamid.\($0)") }))
      try await router.isQuiet()
      let first = try await message("wamid.elsewhere", router)
      #expect(try await message("wamid.0", router).replyTo == first.id)
      #expect(try await message("wamid.1", router).replyTo == nil)
      #expect(
        try await router.text("SELECT reply_to_meta_id FROM messages WHERE meta_message_id = 'wamid.1'") == [
          "wamid.never"
        ])
      #expect(try await message("wamid.2", router).content?.reaction?.messageID == first.id)
      #expect(try await message("wamid.3", router).content?.revision?.messageID == first.id)
    }
  }

  @Test func `only a customer's own words make a turn`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.assist(sender)
      for (index, fixture) in InboundFixture.all.enumerated() {
        try await router.webhook(
          WebhookBody.batch(messages: [
            fixture.json(id: "wamid.\(index)", from: "49151123\(10_000 + index)").replacing("DE.1", with: "DE.\(index)")
          ]))
      }
      try await router.isQuiet()
      let asked = try await router.text(
        "SELECT DISTINCT q.type FROM messages m JOIN messages q ON q.id = m.turn_of ORDER BY 1")
      #expect(asked == ["button", "document", "image", "interactive", "order", "text"])
      _ = harness
    }
  }
}
