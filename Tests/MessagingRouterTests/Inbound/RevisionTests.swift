import Contracts
import Crypto
import HTTP
import JSON
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport
import Wire

@testable import MessagingRouter

/// What becomes of a message whose writer edits or removes it.
@Suite struct RevisionTests {
  let sender = TestSender()
  private static let start: Int64 = 1_767_225_600

  private func edit(
    _ original: String, _ text: String, as id: String, from: String = "4915112345678", at seconds: Int64
  ) -> String {
    #"{"from":"\#(from)","id":"\#(id)","timestamp":"\#(seconds)","type":"edit","edit":{"original_message_id":"\#(original)","message":{"type":"text","text":{"body":"\#(text)"}}}}"#
  }

  private func revoke(
    _ original: String, as id: String, from: String = "4915112345678", at seconds: Int64 = start + 60
  ) -> String {
    #"{"from":"\#(from)","id":"\#(id)","timestamp":"\#(seconds)","type":"revoke","revoke":{"original_message_id":"\#(original)"}}"#
  }

  private func tell(_ messages: String..., to router: RunningRouter) async throws {
    try await router.webhook(WebhookBody.batch(messages: messages))
    try await eventually("stored") { try await router.count("inbox") == 0 }
  }

  private func message(_ wamid: String, _ router: RunningRouter) async throws -> Message {
    let ids = try await router.text("SELECT id FROM messages WHERE meta_message_id = '\(wamid)'")
    let id = try #require(ids.first)
    return try await router.caller.call(
      MessagingRouterAPI.GetMessage(id: MessageID(trusted: id)), account: sender.account)
  }

  private func time(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1_000) }

  private func run(_ body: (MessagingRouterHarness, RunningRouter) async throws -> Void) async throws {
    // What the messages say of their times has happened.
    let clock = TestClock()
    clock.advance(by: .seconds(3_600))
    try await MessagingRouterHarness.run(senders: [sender], at: clock, body)
  }

  @Test func `an edit replaces the words, keeps the last ten versions, and a late one is history`() async throws {
    try await run { _, router in
      try await tell(WebhookBody.text("wamid.1", "version 0", at: Self.start), to: router)
      for number in 1...11 {
        try await tell(
          edit("wamid.1", "version \(number)", as: "wamid.e\(number)", at: Self.start + Int64(number) * 10), to: router)
      }
      let edited = try await message("wamid.1", router)
      #expect(edited.text == "version 11" && edited.editedAt == time(Self.start + 110) && edited.type == "text")
      #expect(edited.earlierVersions?.map(\.text) == (1...10).map { "version \($0)" })
      #expect(edited.earlierVersions?.first?.writtenAt == time(Self.start + 10))
      try await tell(edit("wamid.1", "late", as: "wamid.late", at: Self.start + 105), to: router)
      let same = try await message("wamid.1", router)
      #expect(same.text == "version 11" && same.editedAt == edited.editedAt)
      #expect(
        same.earlierVersions?.suffix(2).map(\.text) == ["version 10", "late"] && same.earlierVersions?.count == 10)
      // Each edit stays a message that names the one it is about.
      #expect(try await message("wamid.e3", router).content?.revision?.messageID == edited.id)
    }
  }

  @Test func `a caption that is edited is the medium's as well`() async throws {
    try await run { _, router in
      let image = InboundFixture(
        "image", #""image":{"id":"811","mime_type":"image/jpeg","caption":"My gardn"}"#)
      let change = InboundFixture(
        "edit",
        #""edit":{"original_message_id":"wamid.1","message":{"type":"image","image":{"caption":"My garden","id":"811"}}}"#
      )
      try await tell(image.json(id: "wamid.1"), change.json(id: "wamid.2"), to: router)
      let found = try await message("wamid.1", router)
      #expect(found.text == "My garden" && found.content?.image?.caption == "My garden")
      #expect(found.content?.image?.mediaID != nil && found.earlierVersions?.map(\.text) == ["My gardn"])
    }
  }

  @Test func `a removed message has lost its words, its edits, its raw JSON and its file`() async throws {
    try await run { harness, router in
      let meta = PlayedMedia(harness.graph)
      meta.add("811", SampleMedia.jpeg)
      let image = InboundFixture("image", #""image":{"id":"811","mime_type":"image/jpeg","caption":"secret one"}"#)
      try await tell(image.json(id: "wamid.1"), to: router)
      try await eventually("the picture is here") { try harness.mediaFiles().count == 1 }
      try await tell(edit("wamid.1", "secret two", as: "wamid.2", at: Self.start + 10), to: router)
      try await tell(revoke("wamid.1", as: "wamid.3"), to: router)
      let removed = try await message("wamid.1", router)
      #expect(removed.text == nil && removed.content == nil && removed.earlierVersions == nil)
      #expect(removed.revokedAt == time(Self.start + 60) && removed.type == "image" && removed.status == .received)
      #expect(try await message("wamid.2", router).text == nil)
      #expect(try await message("wamid.2", router).content?.revision?.messageID == removed.id)
      #expect(try await router.count("media") == 0)
      // Not at the next hourly look: at once.
      try await eventually("the file is gone") { try harness.mediaFiles() == [] }
      // An edit that comes now says nothing any more.
      try await tell(edit("wamid.1", "secret three", as: "wamid.4", at: Self.start + 70), to: router)
      #expect(try await message("wamid.1", router).text == nil)
      #expect(try await message("wamid.4", router).text == nil)
      let words = try await router.text(
        "SELECT id FROM messages WHERE text LIKE '%secret%' OR CAST(content AS TEXT) LIKE '%secret%' OR CAST(raw AS TEXT) LIKE '%secret%'"
      )
      #expect(words == [])
    }
  }

  @Test func `an edit and a removal that come before their message wait for it`() async throws {
    try await run { harness, router in
      try await tell(edit("wamid.1", "second", as: "wamid.e2", at: Self.start + 20), to: router)
      try await tell(edit("wamid.1", "first", as: "wamid.e1", at: Self.start + 10), to: router)
      try await tell(WebhookBody.text("wamid.1", "original", at: Self.start), to: router)
      let edited = try await message("wamid.1", router)
      #expect(edited.text == "second" && edited.earlierVersions?.map(\.text) == ["original", "first"])
      #expect(try await router.text("SELECT count(*) FROM messages WHERE awaits_meta_id IS NOT NULL") == ["0"])

      try await router.assist(sender)
      try await tell(edit("wamid.2", "also secret", as: "wamid.e3", at: Self.start + 20), to: router)
      try await tell(revoke("wamid.2", as: "wamid.r2"), to: router)
      #expect(try await message("wamid.e3", router).text == nil)
      try await tell(WebhookBody.text("wamid.2", "secret", at: Self.start), to: router)
      #expect(try await message("wamid.2", router).text == nil)
      #expect(try await message("wamid.2", router).revokedAt != nil)
      try await router.isQuiet()
      #expect(harness.model.requests == 0)
      var told: [String?] = []
      while harness.receipts.happenings.count > 0 {
        let event = try await harness.receipts.happenings.next("an event")
        if event.type == .messageReceived, event.data["type"]?.string == "text" {
          told.append(event.data["text"]?.string)
        }
      }
      #expect(told == ["second", nil])
    }
  }

  @Test func `nobody changes what others wrote`() async throws {
    try await run { _, router in
      try await tell(WebhookBody.text("wamid.1", "mine", at: Self.start), to: router)
      try await tell(
        edit("wamid.1", "forged", as: "wamid.2", from: "4915199999999", at: Self.start + 10),
        revoke("wamid.1", as: "wamid.3", from: "4915199999999"), to: router)
      let untouched = try await message("wamid.1", router)
      #expect(untouched.text == "mine" && untouched.editedAt == nil && untouched.revokedAt == nil)
      // Nor what the business wrote.
      let sent = try await router.send("ours", from: sender).id.text
      try await router.becomes(sent, "accepted")
      try await tell(revoke("wamid.of.\(sent)", as: "wamid.4"), to: router)
      #expect(try await message("wamid.of.\(sent)", router).text == "ours")
    }
  }

  @Test func `a removal opens no window and begins no conversation`() async throws {
    try await run { _, router in
      try await tell(revoke("wamid.1", as: "wamid.2"), edit("wamid.1", "x", as: "wamid.3", at: Self.start), to: router)
      #expect(try await router.text("SELECT coalesce(window_expires_at, 'closed') FROM conversations") == ["closed"])
      #expect(try await router.count("conversation_sessions") == 0)
    }
  }

  @Test func `what the business changes in its app is changed here, and silences no assistant`() async throws {
    try await run { _, router in
      func echo(_ message: String) -> String {
        WebhookBody.changes([
          #"{"field":"smb_message_echoes","value":{"metadata":{"display_phone_number":"15550001001","phone_number_id":"pn-1"},"message_echoes":[\#(message)]}}"#
        ])
      }
      func object(_ id: String, _ at: Int64, _ members: String) -> String {
        #"{"from":"15550001001","to":"4915112345678","id":"\#(id)","timestamp":"\#(at)",\#(members)}"#
      }
      try await router.webhook(echo(object("wamid.1", Self.start, #""type":"text","text":{"body":"Yes"}"#)))
      try await router.webhook(
        echo(
          object(
            "wamid.2", Self.start + 5,
            #""type":"edit","edit":{"original_message_id":"wamid.1","message":{"type":"text","text":{"body":"No"}}}"#)))
      try await eventually("edited") {
        try await router.text("SELECT edited_at FROM messages WHERE text = 'No'").count > 0
      }
      #expect(try await message("wamid.1", router).earlierVersions?.map(\.text) == ["Yes"])
      let conversation = try await router.text("SELECT id FROM conversations")[0]
      let isAnswered = try await router.database.read {
        try AppEcho.isAnswered(conversation: conversation, since: (Self.start + 3) * 1_000, $0)
      }
      #expect(!isAnswered)
      try await router.webhook(
        echo(object("wamid.3", Self.start + 9, #""type":"revoke","revoke":{"original_message_id":"wamid.1"}"#)))
      try await eventually("removed") { try await message("wamid.1", router).revokedAt != nil }
      #expect(try await message("wamid.1", router).text == nil)
    }
  }

  @Test func `what was removed before its turn ran is neither answered nor in a later prompt`() async throws {
    try await run { harness, router in
      try await router.assist(sender)
      let latch = Latch()
      harness.model.answering { request in
        try? await latch.wait()
        return MetaAnswers.completion("re: " + MetaAnswers.question(request))
      }
      // One is being answered, one waits behind it; both are removed, a third is edited.
      try await tell(WebhookBody.text("wamid.1", "regretted one", at: Self.start), to: router)
      _ = try await harness.model.arrived.next("the question")
      try await tell(WebhookBody.text("wamid.2", "regretted two", at: Self.start + 1), to: router)
      try await tell(WebhookBody.text("wamid.3", "Are you opn?", at: Self.start + 2), to: router)
      try await tell(
        revoke("wamid.1", as: "wamid.4"), revoke("wamid.2", as: "wamid.5"),
        edit("wamid.3", "Are you open?", as: "wamid.6", at: Self.start + 9), to: router)
      latch.open()
      try await router.isQuiet()
      #expect(
        try await router.text("SELECT text FROM messages WHERE direction = 'outbound'") == ["re: Are you open?"])
      var said: [[String]] = []
      while harness.model.arrived.count > 0 {
        said.append(MetaAnswers.said(try await harness.model.arrived.next("a question")))
      }
      #expect(said.map { $0.filter { $0 != "Be kind." } } == [["Are you open?"]])
    }
  }

  @Test func `an erased person's edits go with the rest`() async throws {
    try await run { harness, router in
      try await tell(
        WebhookBody.text("wamid.1", "original words", at: Self.start),
        edit("wamid.1", "changed words", as: "wamid.2", at: Self.start + 10),
        edit("wamid.never", "waiting words", as: "wamid.3", at: Self.start + 10), to: router)
      try await router.isQuiet()
      let contact = ContactID(trusted: try await router.text("SELECT id FROM contacts")[0])
      try await router.erase(contact, of: sender, harness.time)
      #expect(try await router.count("messages") == 0)
      await router.stop()
      let bytes = try harness.files.databaseBytes(.messagingRouter)
      for words in ["original words", "changed words", "waiting words"] { #expect(!bytes.contains(words), "\(words)") }
    }
  }
}
