import Contracts
import MessagingRouterHarness
import Store
import TestSupport
import Testing

@testable import MessagingRouter

/// One person, met under two WABAs before anybody knew that they belong to one portfolio.
@Suite struct ContactScopeTests {
  private static let phone = "4915112345678"

  private func text(_ id: String, _ words: String, number: String, from: String? = phone, user: String? = "DE.1")
    -> String
  {
    WebhookBody.batch(number: number, messages: [WebhookBody.text(id, words, from: from, user: user)])
  }

  /// `pn-1` of waba-1 and `pn-2` of waba-2, both written to by the same person; STOP was said to the second.
  private func split() async throws -> InboundStore {
    let store = try await InboundStore()
    try await store.publish("1", waba: "waba-1", portfolio: nil)
    try await store.publish("2", waba: "waba-2", portfolio: nil)
    try await store.take(text("w1", "hello", number: "pn-1"))
    try await store.take(text("w2", "STOP", number: "pn-2"))
    #expect(try await store.count("contacts") == 2)
    return store
  }

  private func join(_ store: InboundStore) async throws {
    try await store.publish("1", waba: "waba-1")
    try await store.publish("2", waba: "waba-2")
  }

  private func people(_ store: InboundStore) async throws -> [String] {
    try await store.text(
      "SELECT portfolio_id || ' ' || user_id || ' ' || coalesce(phone_number, '-') FROM contacts WHERE merged_into IS NULL"
    )
  }

  @Test(arguments: [true, false])
  func `they are one when they are met again, with conversation, window and opt-out`(isWriting: Bool) async throws {
    let store = try await split()
    defer { store.close() }
    try await join(store)
    // The first contact moves to the portfolio when it writes to the first number again.
    try await store.take(text("w3", "again", number: "pn-1"))
    let open = try #require(
      try await store.text("SELECT id FROM conversations WHERE sender_id = 'snd_2' AND merged_into IS NULL").first)
    if isWriting { try await store.take(text("w4", "again", number: "pn-2")) }
    let sender = try #require(try await store.sender("2"))
    let (contact, isBlocked, conversation) = try await store.database.write { connection in
      let contact = try ContactRow.forSending(
        phoneNumber: "+" + Self.phone, sender: sender, at: InboundStore.now, connection)
      return (
        contact, try OptOuts.blocksMarketing(contact: contact, sender: sender, connection),
        try ConversationRow.find(contact: contact, sender: sender.id, connection)
      )
    }
    #expect(isBlocked)
    #expect(conversation?.id == open && conversation?.windowExpiresAt != nil)
    #expect(try await people(store) == ["portfolio-1 DE.1 +\(Self.phone)"])
    #expect(try await store.contact("+" + Self.phone) == contact)
  }

  @Test func `they are one after a while although nobody meets them, and nothing is looked for any more`() async throws
  {
    let store = try await split()
    defer { store.close() }
    // A key of before, which leads nowhere in the new scope unless it moves along.
    try await store.write(
      """
      INSERT INTO contact_aliases (account_id, portfolio_id, key, contact_id)
      SELECT account_id, portfolio_id, 'DE.0', id FROM contacts WHERE portfolio_id = 'waba-2'
      """)
    try await join(store)
    #expect(try await store.sender("1")?.formerScopes == ["waba-1", "waba-2"])
    var isDone = false
    for _ in 0..<20 where !isDone { isDone = try await store.database.write { try ContactScopes.step($0).isDone } }
    #expect(isDone)
    #expect(try await people(store) == ["portfolio-1 DE.1 +\(Self.phone)"])
    #expect(try await store.sender("1")?.formerScopes == [])
    let sender = try #require(try await store.sender("1"))
    let (alias, kept) = try await store.database.write { connection in
      (
        try ContactRow.find(userID: "DE.0", sender, connection)?.id,
        try ContactRow.find(phoneNumber: "+" + Self.phone, sender: sender, connection)
      )
    }
    #expect(alias == kept?.id && alias != nil)
    let isBlocked = try await store.database.read {
      try OptOuts.blocksMarketing(contact: kept?.id ?? "", sender: sender, $0)
    }
    #expect(isBlocked)
  }

  @Test func `an alias of a former scope is found before anything has moved`() async throws {
    let store = try await split()
    defer { store.close() }
    try await store.write(
      """
      INSERT INTO contact_aliases (account_id, portfolio_id, key, contact_id)
      SELECT account_id, portfolio_id, 'DE.0', id FROM contacts WHERE portfolio_id = 'waba-2'
      """)
    try await join(store)
    try await store.take(text("w5", "an old id", number: "pn-2", from: nil, user: "DE.0"))
    #expect(try await store.text("SELECT count(*) FROM contacts") == ["2"])
    #expect(try await store.text("SELECT text FROM messages WHERE sender_id = 'snd_2' ORDER BY sequence").count == 2)
    #expect(
      try await store.text("SELECT count(DISTINCT conversation_id) FROM messages WHERE sender_id = 'snd_2'") == ["1"])
  }

  @Test func `a number that is somebody else's by now stays with them`() async throws {
    let store = try await InboundStore()
    defer { store.close() }
    try await store.publish("1", waba: "waba-1", portfolio: nil)
    try await store.publish("2", waba: "waba-2", portfolio: nil)
    try await store.take(text("w1", "old holder", number: "pn-1", user: "DE.1"))
    try await store.take(text("w2", "new holder", number: "pn-2", user: "DE.2"))
    try await store.publish("2", waba: "waba-2")
    for _ in 0..<10 { _ = try await store.database.write { try ContactScopes.step($0) } }
    try await store.publish("1", waba: "waba-1")
    for _ in 0..<10 { _ = try await store.database.write { try ContactScopes.step($0) } }
    #expect(
      try await people(store).sorted() == ["portfolio-1 DE.1 -", "portfolio-1 DE.2 +\(Self.phone)"])
    #expect(try await store.text("SELECT phone_number FROM contact_former_numbers") == ["+" + Self.phone])
  }

  @Test func `an update that finds contacts of former scopes takes note of them`() async throws {
    let directory = try TemporaryDirectory()
    let earlier = Array(Schema.migrations.prefix { $0.name != Schema.scopes.name })
    let old = try TemporaryDatabase(earlier, in: directory)
    try await old.database.write { connection in
      try connection.execute(
        """
        INSERT INTO replica_senders (sender_id, account_id, phone_number, display_name, status, waba_id,
          phone_number_id, portfolio_id, access_token)
        VALUES ('snd_1', 'acc_1', '+15550001000', 'Shop', 'online', 'waba-1', 'pn-1', 'portfolio-1', 'token')
        """)
      try connection.execute(
        """
        INSERT INTO contacts (id, account_id, portfolio_id, user_id, created_at, updated_at)
        VALUES ('con_1', 'acc_1', 'waba-1', 'DE.1', 0, 0), ('con_2', 'acc_1', 'portfolio-1', 'DE.2', 0, 0)
        """)
    }
    old.database.close()
    let new = try TemporaryDatabase(Schema.migrations, in: directory)
    defer { new.database.close() }
    let noted = try await new.database.read {
      try $0.all("SELECT portfolio_id || ' ' || former FROM contact_scopes") { try $0.text(0) }
    }
    #expect(noted == ["portfolio-1 waba-1"])
  }

  @Test func `a contact is listed by its number and by other spellings of it, through indexes`() async throws {
    let store = try await InboundStore()
    defer { store.close() }
    try await store.take(text("w1", "x", number: "pn-1"))
    try await store.write(
      """
      INSERT INTO contact_aliases (account_id, portfolio_id, key, contact_id)
      SELECT account_id, portfolio_id, '+491511234567', id FROM contacts
      """)
    for number in ["+" + Self.phone, "+491511234567"] {
      let found = try await store.database.read {
        try ContactView.list(
          account: InboundStore.account, phoneNumber: number, isOptedOut: nil, before: nil, limit: 5, $0)
      }
      #expect(found.map(\.userID) == ["DE.1"], "\(number)")
    }
    let plan = try await store.database.read {
      try $0.all(
        """
        EXPLAIN QUERY PLAN SELECT id FROM contacts WHERE account_id = 'a' AND phone_number = '+1'
        UNION SELECT contact_id FROM contact_aliases WHERE account_id = 'a' AND key = '+1'
        """
      ) { try $0.text(3) }
    }
    #expect(
      plan.contains { $0.contains("contacts_by_number") } && plan.contains { $0.contains("contact_aliases_by_key") })
  }
}
