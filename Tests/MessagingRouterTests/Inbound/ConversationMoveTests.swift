import Contracts
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport

@testable import MessagingRouter

/// A long conversation that turns out to be another one's: moved in short writes, used at once.
@Suite struct ConversationMoveTests {
  private let sender = TestSender()

  private func write(_ router: RunningRouter, _ id: String, from: String?, user: String? = nil) async throws {
    try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text(id, id, from: from, user: user)]))
    try await eventually("\(id) is stored") {
      try await router.text("SELECT 1 FROM messages WHERE meta_message_id = '\(id)'") == ["1"]
    }
  }

  private func conversation(of id: String, _ router: RunningRouter) async throws -> String {
    try await router.text("SELECT conversation_id FROM messages WHERE meta_message_id = '\(id)'")[0]
  }

  /// Puts older words into a conversation, in front of those it has.
  private static func fill(_ conversation: String, _ count: Int, _ connection: Connection) throws {
    try connection.execute(
      """
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?2)
      INSERT INTO messages (sequence, id, account_id, sender_id, conversation_id, direction, type, text, status,
        created_at, updated_at)
      SELECT -i - (SELECT count(*) FROM messages), printf('msg_%s%06d', substr(c.id, -20), i), c.account_id,
        c.sender_id, c.id, 'inbound', 'text', 'words ' || i, 'received', c.created_at, c.created_at
      FROM n, conversations c WHERE c.id = ?1
      """, conversation, count)
  }

  private static func count(_ conversation: String, _ connection: Connection) throws -> Int {
    try connection.first("SELECT count(*) FROM messages WHERE conversation_id = ?", conversation) { try $0.int(0) } ?? 0
  }

  @Test func `a merge of a long conversation moves five hundred messages a write, the newest first`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await write(router, "m1", from: "491510000001")
      try await write(router, "m2", from: nil, user: "DE.1")
      let (old, new) = (try await conversation(of: "m1", router), try await conversation(of: "m2", router))
      let step = ConversationMove.step
      // One transaction: the service can do nothing of it meanwhile.
      let (first, second, rest) = try await router.database.write { connection in
        try Self.fill(old, 3 * step, connection)
        try connection.execute("UPDATE conversations SET merged_into = ? WHERE id = ?", new, old)
        try ConversationMove.begin(from: old, into: new, connection)
        let first = try Self.count(new, connection)
        _ = try ConversationMove.resume(connection)
        let newest = try connection.first("SELECT max(sequence) FROM messages WHERE conversation_id = ?", old) {
          try $0.int64(0)
        }
        let oldest = try connection.first("SELECT min(sequence) FROM messages WHERE conversation_id = ?", new) {
          try $0.int64(0)
        }
        #expect((newest ?? 0) < (oldest ?? 0))
        return (first, try Self.count(new, connection), try Self.count(old, connection))
      }
      #expect(first == step + 1 && second == 2 * step + 1 && rest == step + 1)
      // Nobody has told the service; a process that died here goes on when it starts.
      await router.stop()
      let again = try await harness.start()
      try await eventually("all are moved") { try await again.count("conversation_moves") == 0 }
      #expect(try await again.text("SELECT DISTINCT conversation_id FROM messages") == [new])
      #expect(try await again.count("messages") == 3 * step + 2)
    }
  }

  @Test func `what is written meanwhile goes to the conversation that stays, and all of it is in order at the end`()
    async throws
  {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await write(router, "m1", from: "491510000001")
      try await write(router, "m2", from: nil, user: "DE.1")
      let (old, new) = (try await conversation(of: "m1", router), try await conversation(of: "m2", router))
      try await router.database.write { try Self.fill(old, 1_700, $0) }
      try await write(router, "m3", from: "491510000001", user: "DE.1")
      #expect(try await conversation(of: "m3", router) == new)
      #expect(try await conversation(of: "m1", router) == new)
      try await eventually("all are moved") { try await router.count("conversation_moves") == 0 }
      var all: [String?] = []
      var cursor: String?
      repeat {
        // The id of the one that is gone answers with the other's.
        let page = try await router.caller.call(
          MessagingRouterAPI.ListMessages(conversationID: ConversationID(trusted: old), limit: 100, cursor: cursor),
          account: sender.account)
        all += page.data.map(\.text)
        cursor = page.nextCursor
      } while cursor != nil && all.count < 5_000
      #expect(all == ["m3", "m2", "m1"] + (1...1_700).map { "words \($0)" })
    }
  }

  @Test func `a conversation that goes while others come into it takes them along`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      for (number, id) in ["a", "b", "c"].enumerated() {
        try await write(router, id, from: nil, user: "DE.\(number)")
      }
      let a = try await conversation(of: "a", router)
      let b = try await conversation(of: "b", router)
      let c = try await conversation(of: "c", router)
      try await router.database.write { connection in
        try Self.fill(a, 1_200, connection)
        try Self.fill(b, 1_200, connection)
        for (old, new) in [(a, b), (b, c)] {
          try connection.execute(
            "UPDATE conversations SET merged_into = ?2 WHERE id = ?1 OR merged_into = ?1", old, new)
          try ConversationMove.begin(from: old, into: new, connection)
        }
        let rows = try connection.all("SELECT DISTINCT into_id FROM conversation_moves") { try $0.text(0) }
        #expect(rows == [c])
      }
      router.service.clockWasSet()
      try await eventually("all are moved") { try await router.count("conversation_moves") == 0 }
      #expect(try await router.text("SELECT DISTINCT conversation_id FROM messages") == [c])
      _ = harness
    }
  }

  @Test func `a person who is erased while their messages move is gone from both`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await write(router, "m1", from: "491510000001")
      try await write(router, "m2", from: nil, user: "DE.1")
      let (old, new) = (try await conversation(of: "m1", router), try await conversation(of: "m2", router))
      let contact = try await router.database.write { connection in
        try Self.fill(old, 2_000, connection)
        let people = try connection.all(
          "SELECT contact_id FROM conversations WHERE id IN (?1, ?2) ORDER BY id = ?2", old, new,
          map: { try $0.text(0) })
        try connection.execute("UPDATE contacts SET merged_into = ? WHERE id = ?", people[1], people[0])
        try connection.execute("UPDATE conversations SET merged_into = ? WHERE id = ?", new, old)
        try ConversationMove.begin(from: old, into: new, connection)
        return ContactID(trusted: people[1])
      }
      try await router.erase(contact, of: sender, harness.time)
      for table in ["messages", "conversations", "contacts", "conversation_moves"] {
        try await eventually("\(table) is empty") { try await router.count(table) == 0 }
      }
    }
  }
}
