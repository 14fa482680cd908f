import Contracts
import Store
import TestSupport
import Testing
import Wire

@testable import MessagingRouter

@Suite struct BroadcastRunTests {
  @Test func `each recipient is fed once, with its own values, and the counts are those of the rows`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await store.started(5)
    try await store.run(id, room: 3)
    #expect(try await store.view(id).counts == BroadcastCounts(pending: 2, queued: 3))
    try await store.run(id, room: 100)
    try await store.run(id, room: 100)
    let texts = try await store.database.read { connection in
      try connection.all(
        "SELECT text FROM messages WHERE broadcast_id = ? AND origin = 'broadcast' AND priority = 2 ORDER BY sequence",
        id.text
      ) { try $0.text(0) }
    }
    #expect(texts == (0..<5).map { "Hello P\($0), come in." })
    try await store.set(.delivered, limit: 2)
    try await store.set(.failed, code: "UNDELIVERABLE", limit: 1)
    let counts = try await store.view(id).counts
    #expect(counts == BroadcastCounts(queued: 2, delivered: 2, failed: 1))
    #expect(try await store.counted(id) == [.queued: 2, .delivered: 2, .failed: 1])
    #expect(try await store.view(id).state == .running)
    try await store.set(.sent)
    try await store.run(id)
    #expect(try await store.view(id).state == .completed)
  }

  @Test
  func `a feeding that dies anywhere leaves no message without its recipient, also when the store is opened anew`()
    async throws
  {
    struct Died: Error {}
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await store.started(4)
    // Each step of the third recipient in turn is the one that fails.
    let steps = [
      "BEFORE INSERT ON contacts WHEN NEW.phone_number = '\(BroadcastStore.number(2))'",
      "BEFORE INSERT ON messages WHEN NEW.text LIKE '%P2,%'", "AFTER INSERT ON messages WHEN NEW.text LIKE '%P2,%'",
      "BEFORE UPDATE ON broadcast_recipients WHEN NEW.recipient = '\(BroadcastStore.number(2))'",
      "AFTER UPDATE ON broadcast_counts WHEN NEW.state = 'pending'",
    ]
    for step in steps {
      try await store.write("CREATE TRIGGER dies \(step) BEGIN SELECT RAISE(ABORT, 'died'); END")
      await #expect(throws: (any Error).self) { try await store.run(id) }
      try await store.write("DROP TRIGGER dies")
      #expect(try await store.count("messages") == 0, "\(step)")
      #expect(try await store.view(id).counts == BroadcastCounts(pending: 4), "\(step)")
    }
    try await store.run(id, room: 2)
    store.database.close()
    let again = try Database(path: store.store.path, migrations: Schema.migrations)
    defer { again.close() }
    try await again.write { connection in
      let row = try BroadcastRow.found(id: id, account: BroadcastStore.account, connection)
      _ = try BroadcastWork.run(row.number, room: 100, at: 30, connection)
      _ = try BroadcastWork.run(row.number, room: 100, at: 30, connection)
    }
    let (messages, people) = try await again.read { connection in
      (
        try connection.first("SELECT count(*) FROM messages") { try $0.int(0) },
        try connection.first("SELECT count(DISTINCT message_id) FROM broadcast_recipients") { try $0.int(0) }
      )
    }
    #expect(messages == 4)
    #expect(people == 4)
  }

  @Test func `a pause takes back what has not gone, and nobody is written to twice after it`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await store.started(5)
    try await store.run(id, room: 4)
    try await store.set(.sending, limit: 1)
    try await store.step(id) { try BroadcastSteps.pause(&$0, .operator, detail: nil, actor: "key_1", at: 30, $1) }
    #expect(try await store.view(id).counts == BroadcastCounts(pending: 4, queued: 1))
    #expect(try await store.count("outbound_lanes") == 0)
    try await store.run(id)
    #expect(try await store.count("messages") == 1)
    // What Meta put off comes back to the queue while it is paused.
    try await store.write("UPDATE messages SET status = 'queued'")
    let number = try await store.database.read {
      try BroadcastRow.found(id: id, account: BroadcastStore.account, $0).number
    }
    #expect(try await store.database.read { try BroadcastWork.leftovers($0) } == [number])
    try await store.database.write { _ = try BroadcastWork.clear(number, at: 31, $0) }
    #expect(try await store.view(id).counts == BroadcastCounts(pending: 5))
    for _ in 0..<2 {
      try await store.step(id) { try BroadcastSteps.resume(&$0, actor: "key_2", at: 40, $1) }
    }
    try await store.run(id)
    try await store.run(id)
    #expect(try await store.count("messages") == 5)
    let kinds = try await store.database.read { connection in
      let row = try BroadcastRow.found(id: id, account: BroadcastStore.account, connection)
      return try BroadcastHistory.list(of: row, before: .max, limit: 10, connection).map(\.event)
    }
    #expect(kinds.map(\.kind) == [.resumed, .paused, .started])
    #expect(kinds.map(\.actor) == ["key_2", "key_1", "key_1"])
  }

  @Test func `a cancelled broadcast ends what is queued and writes to nobody else`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await store.started(5)
    try await store.run(id, room: 3)
    try await store.set(.accepted, limit: 1)
    try await store.step(id) { try BroadcastSteps.cancel(&$0, actor: nil, at: 30, $1) }
    #expect(try await store.view(id).counts == BroadcastCounts(sent: 1, cancelled: 4))
    #expect(try await store.counted(id) == [.sent: 1, .cancelled: 4])
    try await store.run(id)
    #expect(try await store.count("messages") == 3)
    await #expect(throws: BroadcastFailures.over(.cancelled)) {
      try await store.step(id) { try BroadcastSteps.resume(&$0, actor: nil, at: 40, $1) }
    }
    await #expect(throws: BroadcastFailures.over(.cancelled)) {
      try await store.step(id) { try BroadcastSteps.start(&$0, actor: nil, at: 40, $1) }
    }
  }

  @Test func `a page of each state goes on where the last one ended`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await store.started(7)
    try await store.run(id)
    try await store.set(.accepted, limit: 3)
    try await store.set(.sent, limit: 2)
    try await store.step(id) { try BroadcastSteps.cancel(&$0, actor: nil, at: 30, $1) }
    for (state, count) in [(BroadcastRecipient.State.sent, 5), (.cancelled, 2), (.pending, 0)] {
      var cursor: String?
      var found: [PhoneNumber?] = []
      repeat {
        let after = cursor
        let page = try await store.database.read { connection in
          let row = try BroadcastRow.found(id: id, account: BroadcastStore.account, connection)
          return try RecipientList.page(of: row, state: state, cursor: after, limit: 2, connection)
        }
        #expect(page.data.allSatisfy { $0.state == state })
        found += page.data.map(\.to)
        cursor = page.nextCursor
      } while cursor != nil
      #expect(found.count == count, "\(state)")
      #expect(Set(found).count == count, "\(state)")
    }
  }

  @Test func `whoever refuses marketing is skipped, also between the start and the feeding`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await store.started(3)
    try await store.database.write { connection in
      let sender = try #require(
        try SenderRow.find(id: BroadcastStore.sender, account: BroadcastStore.account, connection))
      let contact = try ContactRow.forSending(
        phoneNumber: BroadcastStore.number(1), sender: sender, at: 5, connection)
      try connection.execute(
        """
        INSERT INTO contact_preferences (contact_id, category, account_id, is_opted_out, source, said_at, updated_at)
        VALUES (?, 'marketing', ?, 1, 'keyword', 5, 5)
        """, contact, BroadcastStore.account)
    }
    try await store.run(id)
    #expect(try await store.view(id).counts == BroadcastCounts(queued: 2, skipped: 1))
    let skipped = try await store.database.read { connection in
      let row = try BroadcastRow.found(id: id, account: BroadcastStore.account, connection)
      return try RecipientList.page(of: row, state: .skipped, cursor: nil, limit: 5, connection).data
    }
    #expect(skipped.map(\.reason) == ["OPTED_OUT"])
    #expect(skipped.map { $0.to?.text } == [BroadcastStore.number(1)])
  }

  @Test func `one person under several names gets it once, also when that shows after the first message`() async throws
  {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await store.draft(2)
    let (alias, number) = ("+525512345678", BroadcastStore.number(1))
    try await store.database.write { connection in
      let sender = try #require(
        try SenderRow.find(id: BroadcastStore.sender, account: BroadcastStore.account, connection))
      // The second is known by an id and another number as well; the first turns out to be the same person later.
      let contact = try ContactRow.forSending(
        phoneNumber: number, userID: "US.1", sender: sender, at: 1, connection)
      try #require(try ContactRow.find(id: contact, account: BroadcastStore.account, connection)).answers(
        to: alias, sender, connection)
      let new = [contact, alias].enumerated().map {
        NewRecipient(line: $0 + 1, recipient: $1, name: nil, variables: ["1": "again"])
      }
      let upload = try BroadcastRecipients.beginUpload(
        to: id, account: BroadcastStore.account, at: 1, connection
      ).number
      _ = try BroadcastRecipients.add(
        new, refused: [], refusedCount: 0, upload: upload, to: id, account: BroadcastStore.account, limit: 10, at: 1,
        connection)
    }
    try await store.step(id) { try BroadcastSteps.start(&$0, actor: nil, at: 10, $1) }
    try await store.run(id, room: 1)
    try await store.database.write { connection in
      let sender = try #require(
        try SenderRow.find(id: BroadcastStore.sender, account: BroadcastStore.account, connection))
      let first = try #require(
        try ContactRow.find(phoneNumber: BroadcastStore.number(0), sender: sender, connection))
      let second = try #require(try ContactRow.find(phoneNumber: number, sender: sender, connection))
      try ContactMerge.merge(first, into: second, at: 15, connection)
    }
    try await store.run(id)
    #expect(try await store.view(id).counts == BroadcastCounts(queued: 1, skipped: 3))
    #expect(try await store.count("messages") == 1)
    let skipped = try await store.database.read { connection in
      let row = try BroadcastRow.found(id: id, account: BroadcastStore.account, connection)
      return try RecipientList.page(of: row, state: .skipped, cursor: nil, limit: 5, connection).data.map(\.reason)
    }
    #expect(skipped == ["DUPLICATE", "DUPLICATE", "DUPLICATE"])
    // Taken back, the first one waits again: nobody has it then.
    try await store.step(id) { try BroadcastSteps.pause(&$0, .operator, detail: nil, actor: nil, at: 30, $1) }
    try await store.step(id) { try BroadcastSteps.resume(&$0, actor: nil, at: 40, $1) }
    try await store.run(id)
    #expect(try await store.view(id).counts == BroadcastCounts(queued: 1, skipped: 3))
  }

  @Test func `a code is not broadcast to whom nobody knows a number of`() async throws {
    let store = try await BroadcastStore(category: "AUTHENTICATION")
    defer { store.close() }
    let id = try await store.draft(1)
    try await store.database.write { connection in
      let sender = try #require(
        try SenderRow.find(id: BroadcastStore.sender, account: BroadcastStore.account, connection))
      let contact = try ContactRow.forSending(phoneNumber: nil, userID: "US.1", sender: sender, at: 1, connection)
      let upload = try BroadcastRecipients.beginUpload(to: id, account: BroadcastStore.account, at: 1, connection)
      _ = try BroadcastRecipients.add(
        [NewRecipient(line: 1, recipient: contact, name: nil, variables: ["1": "x"])], refused: [], refusedCount: 0,
        upload: upload.number, to: id, account: BroadcastStore.account, limit: 10, at: 1, connection)
    }
    try await store.step(id) { try BroadcastSteps.start(&$0, actor: nil, at: 10, $1) }
    try await store.run(id)
    #expect(try await store.view(id).counts == BroadcastCounts(queued: 1, skipped: 1))
    let skipped = try await store.database.read { connection in
      let row = try BroadcastRow.found(id: id, account: BroadcastStore.account, connection)
      return try RecipientList.page(of: row, state: .skipped, cursor: nil, limit: 5, connection).data.map(\.reason)
    }
    #expect(skipped == ["PHONE_NUMBER_REQUIRED"])
  }

  @Test func `a broadcast that is started for later waits for its time`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await store.started(2, startAt: 1_000)
    #expect(try await store.view(id).state == .scheduled)
    #expect(try await store.database.read { try BroadcastWork.running(at: 999, $0) } == [])
    #expect(try await store.database.read { try BroadcastWork.nextStart($0) } == 1_000)
    try await store.run(id, at: 999)
    #expect(try await store.count("messages") == 0)
    try await store.run(id, at: 1_000)
    #expect(try await store.count("messages") == 2)
  }

  @Test func `a person who is erased leaves the broadcasts, and what was sent stays counted`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await store.started(3)
    try await store.run(id, room: 1)
    try await store.set(.read)
    try await store.database.write { connection in
      for number in [0, 2] {
        _ = try BroadcastRecipients.erase(
          contacts: ["con_x"], phoneNumbers: [BroadcastStore.number(number)], account: BroadcastStore.account,
          limit: 10, connection)
      }
      try connection.execute("DELETE FROM messages")
    }
    #expect(try await store.view(id).counts == BroadcastCounts(pending: 1, read: 1))
    #expect(try await store.count("broadcast_recipients") == 1)
  }
}
