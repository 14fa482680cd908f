import Contracts
import Crypto
import MessagingRouterHarness
import Store
import Telemetry
import TestSupport
import Testing
import Transport
import Wire
import Workers

@testable import MessagingRouter

/// What an erasure must find, and what must not bring a person back.
@Suite struct ErasureReachTests {
  private static let phone = "4915112345678"
  private static let other = "4915187654321"

  private func written(
    _ id: String = "w1", _ words: String = "my words", from: String = phone, user: String? = nil,
    number: String = "pn-1"
  ) -> String {
    WebhookBody.batch(number: number, messages: [WebhookBody.text(id, words, from: from, user: user)])
  }

  private static let picture =
    #"{"id":"w1","from":"\#(phone)","timestamp":"1767225600","type":"image","image":{"id":"media-1","mime_type":"image/jpeg"}}"#

  @Test func `media go with their message when its time is over, so that no erasure misses them`() async throws {
    let store = try await InboundStore()
    defer { store.close() }
    try await store.take(WebhookBody.batch(messages: [Self.picture]))
    let hash = String(repeating: "a", count: 64)
    try await store.write("UPDATE media SET state = 'available', sha256 = '\(hash)', due_at = NULL")
    _ = try await store.database.write {
      try Retention.history(before: InboundStore.now + 1, now: InboundStore.now + 1, after: 0, $0)
    }
    #expect(try await store.count("messages") == 0)
    #expect(try await store.count("media") == 0)
    #expect(try await store.text("SELECT sha256 FROM media_dropped_files") == [hash])
  }

  @Test func `media of an echo belong to the message of ours that it turns out to be`() async throws {
    let store = try await InboundStore()
    defer { store.close() }
    try await store.take(
      WebhookBody.changes([
        #"{"field":"smb_message_echoes","value":{"metadata":{"phone_number_id":"pn-1"},"message_echoes":[{"from":"15550001000","to":"\#(Self.phone)","id":"w1","timestamp":"1767225600","type":"image","image":{"id":"media-1"}}]}}"#
      ]))
    let echo = try #require(try await store.text("SELECT id FROM messages").first)
    #expect(try await store.text("SELECT message_id FROM media") == [echo])
    try await store.write(
      """
      INSERT INTO messages (id, account_id, sender_id, conversation_id, direction, type, status, created_at, updated_at)
      SELECT 'msg_ours', account_id, sender_id, conversation_id, 'outbound', 'image', 'sending', 0, 0 FROM messages
      """)
    let joined = try await store.database.write {
      try AppEcho.absorb(into: "msg_ours", sender: "snd_1", metaMessageID: "w1", $0)
    }
    #expect(joined)
    #expect(try await store.text("SELECT message_id FROM media") == ["msg_ours"])
    try await store.write("UPDATE messages SET status = 'sent', meta_message_id = 'w1'")
    try await store.erase(try await store.contact("+" + Self.phone))
    #expect(try await store.count("media") == 0)
  }

  @Test func `media that an earlier version left without their message go with the update`() async throws {
    let directory = try TemporaryDirectory()
    let earlier = Array(Schema.migrations.prefix { $0.name != Schema.erasure.name })
    let old = try TemporaryDatabase(earlier, in: directory)
    try await old.database.write { connection in
      for (id, message) in [("med_1", "msg_gone"), ("med_2", nil)] as [(String, String?)] {
        try connection.execute(
          """
          INSERT INTO media (id, account_id, sender_id, message_id, source, kind, sha256, state, created_at)
          VALUES (?1, 'a', 's', ?2, iif(?2 IS NULL, 'upload', 'inbound'), 'image', ?1, 'available', 0)
          """, id, message)
      }
    }
    old.database.close()
    let new = try TemporaryDatabase(Schema.migrations, in: directory)
    defer { new.database.close() }
    let left = try await new.database.read { connection in
      (
        try connection.all("SELECT id FROM media", map: { try $0.text(0) }),
        try connection.all("SELECT sha256 FROM media_dropped_files", map: { try $0.text(0) })
      )
    }
    #expect(left.0 == ["med_2"] && left.1 == ["med_1"])
  }

  @Test func `a broadcast that runs writes to nobody whose erasure was answered, and makes no contact of them`()
    async throws
  {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await store.started(3)
    try await store.database.write { connection in
      try connection.execute(
        """
        INSERT INTO contacts (id, account_id, portfolio_id, phone_number, created_at, updated_at)
        VALUES ('con_1', ?, 'portfolio-1', ?, 0, 0)
        """, BroadcastStore.account, BroadcastStore.number(1))
      let begun = try ContactErasureRow.begin(contact: "con_1", account: BroadcastStore.account, at: 20, connection)
      #expect(begun?.finishedAt == nil)
    }
    try await store.run(id)
    let people = try await store.database.read {
      try $0.all("SELECT phone_number FROM contacts WHERE phone_number IS NOT NULL ORDER BY 1") { try $0.text(0) }
    }
    #expect(people == [BroadcastStore.number(0), BroadcastStore.number(2)])
    #expect(try await store.count("messages") == 2)
    #expect(try await store.view(id).counts == BroadcastCounts(queued: 2))
  }

  @Test func `a person is found in the broadcasts of an account that has very many`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await store.draft(2)
    try await store.database.write { connection in
      try connection.execute(
        """
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10001)
        INSERT INTO broadcasts (id, account_id, sender_id, name, template_id, template, variables, state, created_at,
          updated_at)
        SELECT 'bro_' || i, account_id, sender_id, name, template_id, template, variables, state, 0, 0
        FROM n, broadcasts WHERE id = ?
        """, id.text)
      let count = try BroadcastRecipients.erase(
        contacts: ["con_x"], phoneNumbers: [BroadcastStore.number(1)], account: BroadcastStore.account, limit: 10,
        connection)
      #expect(count == 1)
    }
    #expect(try await store.view(id).counts == BroadcastCounts(pending: 1))
  }

  @Test func `a status during an erasure moves nothing to the contact of somebody who has written again`() async throws
  {
    let store = try await InboundStore()
    defer { store.close() }
    try await store.take(written(user: "DE.1"))
    let person = try await store.contact("+" + Self.phone)
    try await store.write(
      """
      INSERT INTO messages (id, account_id, sender_id, conversation_id, direction, type, text, status, meta_message_id,
        created_at, updated_at)
      SELECT 'msg_ours', account_id, sender_id, conversation_id, 'outbound', 'text', 'our words', 'accepted', 'w2', 0, 0
      FROM messages
      """)
    try await store.beginErasure(person)
    try await store.take(written("w3", "It is me again", user: "DE.1"))
    let status =
      #"{"id":"w2","status":"delivered","timestamp":"1767225601","recipient_id":"\#(Self.phone)","recipient_user_id":"DE.1"}"#
    try await store.take(WebhookBody.batch(statuses: [status]))
    #expect(try await store.text("SELECT status FROM messages WHERE id = 'msg_ours'") == ["delivered"])
    try await store.erase(person)
    #expect(try await store.text("SELECT text FROM messages") == ["It is me again"])
    #expect(try await store.count("contacts") == 1)
  }

  @Test func `Meta delivers an erased message again, and tells of it, and nothing comes back`() async throws {
    let store = try await InboundStore()
    defer { store.close() }
    try await store.take(written(user: "DE.1"))
    try await store.write(
      """
      INSERT INTO messages (id, account_id, sender_id, conversation_id, direction, type, status, meta_message_id,
        created_at, updated_at)
      SELECT 'msg_ours', account_id, sender_id, conversation_id, 'outbound', 'text', 'sent', 'w2', 0, 0 FROM messages
      """)
    try await store.erase(try await store.contact("+" + Self.phone))
    #expect(try await store.count("messages") == 0)
    #expect(try await store.take(written(user: "DE.1")) == [.duplicate])
    let read = WebhookBody.batch(statuses: [WebhookBody.status("read", of: "w2", to: Self.phone)])
    #expect(try await store.take(read) == [.ignored])
    for table in ["contacts", "messages", "held_statuses"] { #expect(try await store.count(table) == 0, "\(table)") }
    // What they write anew is news.
    #expect(try await store.take(written("w9")) == [.stored])
    let late = InboundStore.now + ForgottenMessages.keptMilliseconds + 1
    #expect(try await store.database.write { try ForgottenMessages.prune(at: late - 1, limit: 9, $0) } == 0)
    #expect(try await store.database.write { try ForgottenMessages.prune(at: late, limit: 9, $0) } == 2)
  }

  @Test func `a status of a message of ours that is gone is held without the person`() async throws {
    let store = try await InboundStore()
    defer { store.close() }
    let gone =
      #"{"id":"w1","status":"read","timestamp":"1767225601","recipient_id":"\#(Self.phone)","recipient_user_id":"DE.1","biz_opaque_callback_data":"msg_01KDXH0000AAAAAAAAAAAAAAAA"}"#
    #expect(try await store.take(WebhookBody.batch(statuses: [gone])) == [.held])
    // Somebody else's message may turn out to be an echo: whom it reached is needed then.
    let foreign = WebhookBody.status("sent", of: "w2", to: Self.other)
    #expect(try await store.take(WebhookBody.batch(statuses: [foreign])) == [.held])
    let held = try await store.text("SELECT CAST(payload AS TEXT) FROM held_statuses ORDER BY id")
    #expect(held.count == 2 && !held[0].contains(Self.phone) && !held[0].contains("DE.1"))
    #expect(held[0].contains("read") && held[1].contains(Self.other))
  }

  @Test func `the id of a contact that was merged finds the erasure, before and after`() async throws {
    let store = try await InboundStore()
    defer { store.close() }
    try await store.take(written("w1"))
    let first = try await store.contact("+" + Self.phone)
    try await store.take(WebhookBody.batch(messages: [WebhookBody.text("w2", "x", from: nil, user: "DE.1")]))
    try await store.take(written("w3", user: "DE.1"))
    let kept = try await store.contact("+" + Self.phone)
    #expect(kept != first)
    try await store.erase(first)
    for id in [first, kept] {
      let found = try await store.database.read {
        try ContactErasureRow.find(contact: id, account: InboundStore.account, $0)
      }
      #expect(found?.contact == kept && found?.finishedAt != nil, "\(id)")
      #expect(try await store.beginErasure(id)?.contact == kept)
      let stranger = try await store.database.read {
        try ContactErasureRow.find(contact: id, account: TestSender.stranger, $0)
      }
      #expect(stranger == nil)
    }
    #expect(try await store.count("contact_erasures") == 1)
  }

  @Test func `what was set aside is found by a number that the person had before, and of every kind`() async throws {
    let store = try await InboundStore()
    defer { store.close() }
    try await store.take(written(user: "DE.1"))
    let person = try await store.contact("+" + Self.phone)
    try await store.take(written("w2", from: "4915100000009", user: "DE.1"))
    #expect(try await store.contact("+4915100000009") == person)
    // Nothing can be stored of these.
    try await store.write(
      "CREATE TRIGGER broken BEFORE UPDATE ON contacts BEGIN SELECT RAISE(ABORT, 'broken'); END")
    try await store.take(
      WebhookBody.changes([
        #"{"field":"smb_app_state_sync","value":{"metadata":{"phone_number_id":"pn-1"},"state_sync":[{"type":"contact","contact":{"phone_number":"4915100000009","full_name":"Ann"},"action":"add"}]}}"#
      ]))
    try await store.write("DROP TRIGGER broken")
    try await store.database.write {
      try InboxRow.setAside(
        inboxID: 99, path: "x", reason: "x", raw: Array(#"{"from":"\#(Self.phone)"}"#.utf8), at: 0, $0)
      try InboxRow.setAside(
        inboxID: 99, path: "y", reason: "x", raw: Array(#"{"from":"\#(Self.other)"}"#.utf8), at: 0, $0)
    }
    #expect(try await store.count("inbox_poison") == 3)
    try await store.erase(person)
    #expect(try await store.text("SELECT CAST(raw AS TEXT) FROM inbox_poison") == [#"{"from":"\#(Self.other)"}"#])
  }

  @Test func `an answer kept for a repeat gives no erased words back, and all of them until then`() async throws {
    let sender = TestSender()
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender)
      let first = try await router.send("my secret words", from: sender, key: "k1")
      try await router.becomes(first.id.text, "accepted")
      #expect(try await router.send("my secret words", from: sender, key: "k1") == first)
      let inbound = try #require(try await router.text("SELECT id FROM messages WHERE direction = 'inbound'").first)
      let mark = MessagingRouterAPI.MarkMessageRead(id: MessageID(trusted: inbound))
      let marked = try await router.caller.call(mark, account: sender.account, key: "k2")
      #expect(marked.text == "hello" && marked.metaMessageID != nil)
      #expect(try await router.caller.call(mark, account: sender.account, key: "k2") == marked)
      try await router.isQuiet()
      let person = try #require(try await router.text("SELECT id FROM contacts").first)
      let erase = MessagingRouterAPI.EraseContact(id: ContactID(trusted: person))
      _ = try await router.caller.call(erase, account: sender.account)
      try await eventually("erased") {
        harness.time.advance(by: .milliseconds(50))
        router.service.clockWasSet()
        return try await router.text("SELECT finished_at IS NOT NULL FROM contact_erasures") == ["1"]
      }
      await #expect {
        try await router.send("my secret words", from: sender, key: "k1")
      } throws: {
        ($0 as? CallFailure)?.reason == "MESSAGE_NOT_FOUND"
      }
      let markedAgain = try await router.caller.call(mark, account: sender.account, key: "k2")
      #expect(markedAgain.id.text == inbound && markedAgain.text == nil && markedAgain.metaMessageID == nil)
      // Nothing was sent a second time, and nobody was made anew.
      #expect(try await router.count("messages") == 0)
      #expect(try await router.count("contacts") == 0)
    }
  }

  @Test func `an erasure that fails, or waits, lets the others go first`() async throws {
    let sender = TestSender()
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender, from: Self.phone)
      try await router.open(sender, from: Self.other)
      try await router.isQuiet()
      let first = try #require(
        try await router.text("SELECT id FROM contacts WHERE phone_number = '+\(Self.phone)'").first)
      let second = try #require(
        try await router.text("SELECT id FROM contacts WHERE phone_number = '+\(Self.other)'").first)
      try await router.database.write {
        try $0.execute(
          """
          CREATE TRIGGER broken BEFORE DELETE ON messages WHEN OLD.meta_message_id LIKE '%\(Self.phone)'
          BEGIN SELECT RAISE(ABORT, 'broken'); END
          """)
      }
      for id in [first, second] {
        let erase = MessagingRouterAPI.EraseContact(id: ContactID(trusted: id))
        _ = try await router.caller.call(erase, account: sender.account)
        harness.time.advance(by: .milliseconds(1))
      }
      let isDone = "SELECT finished_at IS NOT NULL FROM contact_erasures WHERE contact_id = "
      try await eventually("the second is erased") {
        harness.time.advance(by: .milliseconds(50))
        router.service.clockWasSet()
        return try await router.text(isDone + "'\(second)'") == ["1"]
      }
      #expect(try await router.text(isDone + "'\(first)'") == ["0"])
      #expect(!harness.lines.ofEvent("erasure.step_failed").isEmpty)
      try await router.database.write { try $0.execute("DROP TRIGGER broken") }
      try await eventually("the first is erased") {
        harness.time.advance(by: .seconds(10))
        router.service.clockWasSet()
        return try await router.text(isDone + "'\(first)'") == ["1"]
      }
    }
  }
}
