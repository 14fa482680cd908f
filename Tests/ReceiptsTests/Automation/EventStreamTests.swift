import Contracts
import Crypto
import JSON
import Store
import Telemetry
import TestSupport
import Testing
import Wire
import Workers

@testable import Receipts

@Suite struct EventStreamTests {
  private func read(
    _ fixture: ReceiptsFixture, _ call: ReceiptsAPI.FollowEvents = .init(),
    account: AccountID = ReceiptsFixture.account
  ) async throws -> ReceiptsAPI.FollowEvents.Reply {
    var context = ReceiptsFixture.front(account)
    context.deadline = .after(.seconds(30))
    return try await fixture.stream.read(call, context)
  }

  @Test func `events of every kind are read in their order, each once`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addSender()
      let handed: [HandedEvent] = [
        .sample(1, .conversationStarted), .sample(2, .messageReceived), HandedEvent(status: .sample(3)),
        .sample(4, .templateStatus), .sample(5, .senderStatus), .sample(6, .conversationEnded),
      ]
      #expect(try await fixture.hand(handed) == Array(repeating: .stored, count: 6))
      #expect(try await fixture.hand(handed) == Array(repeating: .known, count: 6))
      let all = try await read(fixture)
      #expect(all.data.map(\.id) == handed.compactMap(\.id))
      #expect(
        all.data.map(\.type) == [
          .conversationStarted, .messageReceived, .messageStatus, .templateStatus, .senderStatus, .conversationEnded,
        ])
      // A step is read as its receipt is pushed, another event as it was handed over.
      #expect(all.data[2].data["event"] == "message_status" && all.data[2].data["to"] == "+491701234567")
      #expect(all.data[1].data["number"] == 2)
      let rest = try await read(fixture, .init(cursor: all.nextCursor))
      #expect(rest.data.isEmpty && rest.nextCursor == all.nextCursor)
      try await fixture.hand([.sample(7, .messageReceived)])
      #expect(try await read(fixture, .init(cursor: rest.nextCursor)).data.map(\.data["number"]) == [7])
    }
  }

  @Test func `pages neither repeat nor leave out, whatever is asked for`() async throws {
    try await ReceiptsFixture.run { fixture in
      var numbers: [PlatformEvent.Kind: [Int]] = [:]
      for number in 1...60 {
        let type: PlatformEvent.Kind = [.messageReceived, .conversationStarted, .senderStatus][number % 3]
        numbers[type, default: []].append(number)
        try await fixture.hand([
          .sample(number, type, sender: number % 2 == 0 ? ReceiptsFixture.sender : ReceiptsFixture.secondSender)
        ])
      }
      func every(_ types: String?, _ sender: SenderID?, limit: Int) async throws -> [Int] {
        var (found, cursor): ([Int], String?) = ([], nil)
        while true {
          let page = try await read(fixture, .init(types: types, senderID: sender, cursor: cursor, limit: limit))
          if page.data.isEmpty { return found }
          #expect(page.data.count <= limit)
          found += page.data.compactMap { $0.data["number"]?.int64.map(Int.init) }
          cursor = page.nextCursor
        }
      }
      for limit in [1, 7, 100] {
        #expect(try await every(nil, nil, limit: limit) == Array(1...60))
        let two = try #require(numbers[.messageReceived]) + (numbers[.senderStatus] ?? [])
        #expect(try await every("message.received, sender.status", nil, limit: limit) == two.sorted())
        #expect(try await every(nil, ReceiptsFixture.sender, limit: limit) == (1...60).filter { $0 % 2 == 0 })
      }
      // What was looked at and is not wanted is not looked at again.
      let none = try await read(fixture, .init(types: "template.status"))
      #expect(none.data.isEmpty)
      #expect(try await read(fixture, .init(cursor: none.nextCursor)).data.isEmpty)
    }
  }

  @Test func `one account's events are no other's`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.hand([
        .sample(1, .messageReceived), .sample(2, .messageReceived, account: ReceiptsFixture.otherAccount),
      ])
      #expect(try await read(fixture).data.map(\.data["number"]) == [1])
      #expect(try await read(fixture, account: ReceiptsFixture.otherAccount).data.map(\.data["number"]) == [2])
      // Naming the sender of somebody else shows nothing of it.
      let call = ReceiptsAPI.FollowEvents(senderID: ReceiptsFixture.sender)
      #expect(try await read(fixture, call, account: ReceiptsFixture.otherAccount).data.map(\.data["number"]) == [2])
    }
  }

  @Test func `a wait ends with the next event, one that is not wanted does not end it`() async throws {
    try await ReceiptsFixture.run { fixture in
      let call = ReceiptsAPI.FollowEvents(types: "conversation.ended", waitMs: 20_000)
      async let waiting = read(fixture, call)
      try await eventually("somebody waits") { fixture.notifier.waiterCount == 1 }
      try await fixture.hand([.sample(1, .messageReceived)])
      try await eventually("it waits again") { fixture.notifier.waiterCount == 1 }
      try await fixture.hand([.sample(2, .conversationEnded)])
      let found = try await waiting
      #expect(found.data.map(\.data["number"]) == [2])
    }
  }

  @Test func `large events end an answer early, and none is lost`() async throws {
    try await ReceiptsFixture.run { fixture in
      let words = String(repeating: "ü", count: 60_000)
      for number in 1...12 { try await fixture.hand([.sample(number, .conversationEnded, text: words)]) }
      var (found, cursor, pages): ([Int64], String?, Int) = ([], nil, 0)
      while found.count < 12 {
        let page = try await read(fixture, .init(cursor: cursor, limit: 100))
        #expect(try JSONCoder.encode(page).count < 1 << 20)
        found += page.data.compactMap { $0.data["number"]?.int64 }
        cursor = page.nextCursor
        pages += 1
      }
      #expect(found == Array(1...12) && pages == 3)
    }
  }

  @Test(
    arguments: [
      (.init(limit: 0), "LIMIT_OUT_OF_RANGE"), (.init(limit: 101), "LIMIT_OUT_OF_RANGE"),
      (.init(cursor: "!"), "CURSOR_INVALID"), (.init(cursor: ""), "CURSOR_INVALID"),
      (.init(cursor: EventStream.cursor(99)), "CURSOR_INVALID"), (.init(cursor: "ZTo1"), "CURSOR_INVALID"),
      (.init(types: ""), "TYPE_UNKNOWN"), (.init(types: "message.received,x"), "TYPE_UNKNOWN"),
      (.init(waitMs: 20_001), "WAIT_OUT_OF_RANGE"), (.init(waitMs: -1), "WAIT_OUT_OF_RANGE"),
    ] as [(ReceiptsAPI.FollowEvents, String)])
  func `what cannot be answered is refused`(call: ReceiptsAPI.FollowEvents, reason: String) async throws {
    try await ReceiptsFixture.run { fixture in
      let error = await #expect(throws: CallFailure.self) { try await read(fixture, call) }
      #expect(error?.reason == reason)
    }
  }

  @Test func `what is no event is refused, its neighbours go on`() async throws {
    try await ReceiptsFixture.run { fixture in
      let odd = [
        HandedEvent(), .sample(1, .messageStatus), .sample(2, .messageReceived),
        HandedEvent(
          erasure: .init(id: EventID(trusted: "evt_1"), accountID: ReceiptsFixture.account, conversationIDs: [])),
      ]
      let outcomes = try await fixture.hand(odd)
      #expect(outcomes == [.refused, .refused, .stored, .refused])
      #expect(fixture.lines.ofEvent("event.refused").count == 3)
    }
  }

  @Test func `reading goes along the index, with and without a sender`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.database.read { connection in
        for (sql, count) in [(EventStream.positionsSQL, 5), (EventStream.positionsOfSenderSQL, 6)] {
          let values = Array(repeating: Int64(0), count: count)
          let plan = try connection.all("EXPLAIN QUERY PLAN " + sql, values: values) { try $0.text(3) }
          #expect(
            plan.count == 1 && plan[0].contains("COVERING INDEX events_by_type (account_id=? AND type=? AND position>"))
        }
      }
    }
  }

  @Test func `an older store keeps its events, its deliveries and its queue`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("old.sqlite")
    let old = try Database(
      path: path, migrations: Array(Schema.migrations.prefix { $0.name != Schema.platformEvents.name }))
    try await old.write { connection in
      try connection.execute(
        "INSERT INTO webhooks (id, account_id, sender_id, url, secret, created_at, updated_at) VALUES ('w', 'a', 's', 'u', 'x', 0, 0)"
      )
      for id in ["e1", "e2"] {
        try connection.execute("INSERT INTO events VALUES (?, 'a', 's', 'm', 'sent', 1, x'7b7d', 5)", id)
        try connection.execute(
          "INSERT INTO deliveries (id, event_id, webhook_id, account_id, sender_id, due_at, created_at) VALUES (?, ?, 'w', 'a', 's', 7, 5)",
          "d" + id, id)
      }
      try connection.execute(
        "INSERT INTO attempts (id, delivery_id, at, milliseconds, http_status) VALUES ('t', 'de1', 6, 1, 500)")
      try connection.execute("UPDATE deliveries SET attempts = 1 WHERE id = 'de1'")
    }
    old.close()
    let new = try Database(path: path, migrations: Schema.migrations)
    let depth = try await new.read { try QueueDepth.read(at: 10, $0) }
    #expect(depth == QueueDepth(new: 1, retry: 1, replay: 0, oldestDueAt: 7))
    try await new.write { connection in
      let events = try connection.all("SELECT id || type || position FROM events") { try $0.text(0) }
      #expect(events == ["e1message.status1", "e2message.status2"])
      #expect(try connection.first("SELECT delivery_id FROM attempts") { try $0.text(0) } == "de1")
      try connection.execute("UPDATE deliveries SET state = 'cancelled'")
      #expect(try QueueDepth.read(at: 10, connection) == QueueDepth(new: 0, retry: 0, replay: 0, oldestDueAt: nil))
      #expect(throws: StoreFailure.self) { try connection.part { try connection.execute("DELETE FROM events") } }
    }
    new.close()
  }
}

extension HandedEvent {
  /// An event of the fixture's first sender; `number` makes its id.
  static func sample(
    _ number: Int, _ type: PlatformEvent.Kind, sender: SenderID = ReceiptsFixture.sender,
    account: AccountID = ReceiptsFixture.account, conversation: String = "1", text: String = "hello"
  ) -> HandedEvent {
    let digits = String(number)
    let id = "evt_" + String(repeating: "0", count: 26 - digits.count) + digits
    return HandedEvent(
      happening: Happening(
        id: EventID(trusted: id), accountID: account, type: type, senderID: sender,
        conversationID: ConversationID(trusted: "cnv_0000000000000000000000000" + conversation),
        occurredAt: Timestamp(milliseconds: 1_767_225_600_000),
        data: ["number": .integer(Int64(number)), "text": .string(text), "message_id": "msg_1"]))
  }
}
