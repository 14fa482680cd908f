import Contracts
import Crypto
import HTTP
import JSON
import MessagingRouterHarness
import Store
import Telemetry
import TestSupport
import Transport
import Testing
import Wire

@testable import MessagingRouter

@Suite struct ErasureTests {
  let sender = TestSender()
  static let phone = "4915112345678"
  static let other = "4915187654321"

  private func talk(_ router: RunningRouter, _ phone: String, _ name: String, _ words: String) async throws {
    try await router.webhook(
      WebhookBody.batch(
        contacts: [WebhookBody.contact(phone, user: "user-\(name)", name: name)],
        messages: [WebhookBody.text("wamid.\(name)", words, from: phone, user: "user-\(name)")]))
    try await eventually("stored") {
      try await router.text("SELECT 1 FROM messages WHERE meta_message_id = 'wamid.\(name)'") == ["1"]
    }
  }

  private func contact(_ router: RunningRouter, _ name: String) async throws -> ContactID {
    let found = try await router.text("SELECT id FROM contacts WHERE name = '\(name)'").first
    return ContactID(trusted: try #require(found))
  }

  private func erase(_ id: ContactID, _ router: RunningRouter) async throws -> ContactErasure {
    try await router.caller.call(MessagingRouterAPI.EraseContact(id: id), account: sender.account)
  }

  private func isDone(_ id: ContactID, _ harness: MessagingRouterHarness, _ router: RunningRouter) async throws
    -> ContactErasure
  {
    var found: ContactErasure?
    try await eventually("the person is erased") {
      harness.time.advance(by: .milliseconds(50))
      router.service.clockWasSet()
      found = try await router.caller.call(MessagingRouterAPI.GetErasure(id: id), account: sender.account)
      return found?.state == .done
    }
    return try #require(found)
  }

  @Test func `an erased person is nowhere in the files, another one is untouched`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await talk(router, Self.phone, "Annabelle", "my secret words")
      try await talk(router, Self.other, "Bartholomew", "other words")
      let id = try await router.send("Hello Annabelle-answer", from: sender, to: "+" + Self.phone).id.text
      try await router.becomes(id, "accepted")
      try await router.webhook(
        WebhookBody.batch(statuses: [WebhookBody.status("delivered", of: "wamid.of.\(id)", to: Self.phone)]))
      try await router.becomes(id, "delivered")
      // A status that came for a message nobody knows, and one that could not be stored.
      try await router.database.write { connection in
        try InboxRow.setAside(
          inboxID: 1, path: "update[0]", reason: "x", raw: Array(#"{"from":"\#(Self.phone)","a":"Annabelle"}"#.utf8),
          at: harness.time.now, connection)
        try InboxRow.setAside(
          inboxID: 2, path: "update[0]", reason: "x", raw: Array(#"{"from":"\#(Self.other)"}"#.utf8),
          at: harness.time.now,
          connection)
      }
      try await router.isQuiet()
      let person = try await contact(router, "Annabelle")
      let conversation = try await router.text(
        "SELECT id FROM conversations WHERE contact_id = '\(person.text)'")
      let begun = try await erase(person, router)
      #expect(begun.contactID == person)
      let done = try await isDone(person, harness, router)
      #expect(done.messages == 2 && done.finishedAt != nil)

      let order = try await harness.receipts.erasures.next("the order to forget")
      #expect(order.conversationIDs.map(\.text) == conversation && order.accountID.text == sender.account)
      try await router.isQuiet()
      let aside = try await router.text("SELECT raw FROM inbox_poison")
      #expect(aside == [#"{"from":"\#(Self.other)"}"#])
      #expect(try await router.count("contacts") == 1)
      #expect(try await router.count("messages") == 1)
      #expect(try await router.text("SELECT name || phone_number FROM contacts") == ["Bartholomew+" + Self.other])
      await router.stop()
      let bytes = try harness.files.databaseBytes(.messagingRouter)
      for word in [Self.phone, "Annabelle", "my secret words"] { #expect(!bytes.contains(word), "\(word)") }
      for word in [Self.other, "Bartholomew", "other words"] { #expect(bytes.contains(word), "\(word)") }
    }
  }

  @Test func `what waits to be sent to an erased person is not sent, and the person may come again`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await talk(router, Self.phone, "Annabelle", "hello")
      harness.graph.answering { _ in MetaAnswers.error(131_056, status: 429) }
      let id = try await router.send("later", from: sender, to: "+" + Self.phone).id.text
      try await eventually("tried") {
        try await router.text("SELECT send_attempts FROM messages WHERE id = '\(id)'") == ["1"]
      }
      try await router.becomes(id, "queued")
      let person = try await contact(router, "Annabelle")
      _ = try await erase(person, router)
      #expect(try await router.text("SELECT count(*) FROM outbound_lanes") == ["0"])
      let sent = AsyncBox<String>()
      harness.graph.answering { request in
        if request.path.hasSuffix("/messages") { sent.put(request.path) }
        return MetaAnswers.accepted(request)
      }
      _ = try await isDone(person, harness, router)
      harness.time.advance(by: .seconds(3_600))
      router.service.clockWasSet()
      try await talk(router, Self.phone, "Ann", "It is me again")
      #expect(try await contact(router, "Ann") != person)
      try await router.isQuiet()
      #expect(sent.count == 0)
      #expect(try await router.text("SELECT count(*) FROM contacts") == ["1"])
    }
  }

  @Test func `an erasure goes on after a stop in the middle, and is one however often it is asked for`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await talk(router, Self.phone, "Annabelle", "hello")
      try await router.database.write { connection in
        try connection.execute(
          """
          WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000)
          INSERT INTO messages (id, account_id, sender_id, conversation_id, direction, type, text, status, created_at,
            updated_at)
          SELECT printf('msg_%026d', i), account_id, sender_id, conversation_id, 'inbound', 'text', 'words', 'received',
            created_at, created_at FROM n, messages
          """)
      }
      let person = try await contact(router, "Annabelle")
      #expect(try await erase(person, router).state == .running)
      // The clock stands still: a few steps at most are done.
      await router.stop()
      let again = try await harness.start()
      #expect(try await erase(person, again).requestedAt == Timestamp(milliseconds: harness.time.now))
      let done = try await isDone(person, harness, again)
      #expect(done.messages == 2_001)
      #expect(try await erase(person, again) == done)
      _ = try await harness.receipts.erasures.next("the order")
      #expect(harness.receipts.erasures.count == 0)
      for table in ["messages", "contacts", "conversations", "conversation_sessions", "erased_conversations"] {
        #expect(try await again.count(table) == 0, "\(table)")
      }
    }
  }

  @Test func `another account cannot erase somebody, or look`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await talk(router, Self.phone, "Annabelle", "hello")
      let person = try await contact(router, "Annabelle")
      let refused = await #expect(throws: CallFailure.self) {
        try await router.caller.call(MessagingRouterAPI.EraseContact(id: person), account: TestSender.stranger)
      }
      #expect(refused?.reason == "CONTACT_NOT_FOUND")
      _ = try await erase(person, router)
      let unseen = await #expect(throws: CallFailure.self) {
        try await router.caller.call(MessagingRouterAPI.GetErasure(id: person), account: TestSender.stranger)
      }
      #expect(unseen?.reason == "ERASURE_NOT_FOUND")
    }
  }

  /// Whoever adds a table about people teaches the erasure about it, and names it here.
  @Test func `every table about people is one that an erasure knows`() async throws {
    let about: Set<String> = [
      "contact_id", "conversation_id", "message_id", "phone", "recipient", "user_id", "wa_id", "text", "raw", "body",
    ]
    let known: Set<String> = [
      "contacts", "conversations", "messages", "message_statuses", "held_statuses", "inbox", "inbox_poison",
      "contact_preferences", "contact_preference_changes", "conversation_sessions", "contact_erasures",
      "erased_conversations", "contact_aliases", "media", "saved_answers",
      // of the scheduler: ids, for a day
      "portfolio_slots", "message_decisions", "event_outbox", "event_outbox_refused",
      "outbound_lanes", "broadcast_recipients", "contact_former_numbers", "conversation_moves",
      // an id and a hash, for a day: a repeat of an erased send must not make it again
      "message_keys",
      // of what a business sent, while its copy at Meta may live
      "media_uses",
    ]
    try await MessagingRouterHarness.run { _, router in
      let places = try await router.text(
        """
        SELECT m.name || '.' || c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
        """)
      let tables = Set(
        places.compactMap { place -> String? in
          let parts = place.split(separator: ".").map(String.init)
          return about.contains(parts[1]) ? parts[0] : nil
        })
      #expect(tables.subtracting(known) == [])
    }
  }
}
