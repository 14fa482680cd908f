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

@Suite struct ErasureTests {
  private func order(_ number: Int, account: AccountID = ReceiptsFixture.account, _ conversations: String...)
    -> HandedEvent
  {
    HandedEvent(
      erasure: .init(
        id: EventID(trusted: "evt_9000000000000000000000000\(number)"), accountID: account,
        conversationIDs: conversations.map { ConversationID(trusted: "cnv_0000000000000000000000000" + $0) }))
  }

  private func isDone(_ fixture: ReceiptsFixture) async throws {
    fixture.erasure.start()
    try await eventually("the orders are carried out") {
      try await fixture.database.read {
        try $0.first("SELECT count(*) FROM erasures") { try $0.int(0) }
      } == 0
    }
  }

  @Test func `nothing of an erased person is left in the files, another one is untouched`() async throws {
    let directory = try await {
      var kept: ReceiptsFixture?
      try await ReceiptsFixture.run { fixture in
        kept = fixture
        try await fixture.addWebhook("https://hooks.example.com/")
        try await fixture.hand([
          HandedEvent(status: .sample(1)), .sample(2, .messageReceived, text: "my secret words"),
          .sample(3, .messageReceived, conversation: "2", text: "other words"),
        ])
        let delivery = try #require(try await fixture.deliveries().first)
        try await fixture.database.write { connection in
          try DeliveryAttempt(
            id: AttemptID(trusted: "att_1"), at: Timestamp(milliseconds: 0), durationMilliseconds: 1,
            dialledAddress: nil, httpStatus: 500, errorClass: nil, response: "we know +491701234567"
          ).insert(delivery: delivery.id, webhook: delivery.webhookID, connection)
        }
        #expect(try await fixture.hand([order(1, "1")]) == [.stored])
        #expect(try await fixture.hand([order(1, "1")]) == [.known])
        try await isDone(fixture)
        #expect(try await fixture.deliveries().map(\.state) == [.cancelled])
        let events = try await fixture.stream.read(.init(), ReceiptsFixture.front()).data
        #expect(events.map(\.data["erased"]) == [true, true, nil])
        // What is the business's own stays.
        #expect(events[0].data["status"] == "delivered" && events[0].data["whatsapp_message_id"] != nil)
        #expect(events[0].data["to"] == nil && events[0].data["meta_message_id"] == nil)
        #expect(events[1].data["message_id"] == "msg_1" && events[1].data["text"] == nil)
        #expect(events[2].data["text"] == "other words")
      }
      return try #require(kept).directory
    }()
    let bytes = try DatabaseBytes(directory: directory.path)
    for word in ["my secret words", "+491701234567", "wamid.ABC"] { #expect(!bytes.contains(word), "\(word)") }
    #expect(bytes.contains("other words"))
  }

  @Test func `what still comes of an erased conversation is taken and not kept`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.hand([order(1, "1"), .sample(1, .messageReceived), HandedEvent(status: .sample(2))])
      #expect(
        try await fixture.hand([.sample(3, .messageReceived), .sample(4, .messageReceived, conversation: "2")]) == [
          .known, .stored,
        ])
      #expect(try await fixture.stream.read(.init(), ReceiptsFixture.front()).data.map(\.data["number"]) == [4])
    }
  }

  @Test func `an order in another account's name blanks nothing`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.hand([.sample(1, .messageReceived), order(1, account: ReceiptsFixture.otherAccount, "1")])
      try await isDone(fixture)
      #expect(try await fixture.stream.read(.init(), ReceiptsFixture.front()).data.map(\.data["text"]) == ["hello"])
    }
  }

  @Test func `a person with many events is blanked in steps, also by two lives of the process`() async throws {
    let count = ErasureRow.blanked * 3 + 10
    let blanked = "SELECT count(*) FROM events WHERE instr(body, CAST('erased' AS BLOB)) > 0"
    let first = try ReceiptsFixture()
    for start in stride(from: 1, through: count, by: 200) {
      try await first.hand(
        (start...min(start + 199, count)).map { .sample($0, $0 % 2 == 0 ? .messageReceived : .conversationStarted) })
    }
    try await first.hand([order(1, "1")])
    for _ in 1...2 {
      let isOver = try await first.database.write { try ErasureRow.first($0)?.step($0) }
      #expect(isOver == false)
    }
    #expect(try await first.database.read { try $0.first(blanked) { try $0.int(0) } } == 2 * ErasureRow.blanked)
    await first.close()
    try await ReceiptsFixture.run(after: first) { again in
      try await isDone(again)
      #expect(try await again.database.read { try $0.first(blanked) { try $0.int(0) } } == count)
    }
  }
}
