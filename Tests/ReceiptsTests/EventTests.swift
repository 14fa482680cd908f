import TestSupport
import Telemetry
import Contracts
import JSON
import Store
import Testing
import Wire

@testable import Receipts

@Suite struct EventTests {
  private func count(_ table: String, _ fixture: ReceiptsFixture) async throws -> Int? {
    try await fixture.database.read { try $0.first("SELECT count(*) FROM \(table)") { try $0.int(0) } }
  }

  @Test func `an event handed over twice is one delivery`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook("https://hooks.example.com/")
      #expect(try await fixture.record(.sample(1), .sample(1)) == [.stored, .known])
      #expect(try await fixture.record(.sample(1)) == [.known])
      #expect(try await fixture.deliveries().count == 1)
    }
  }

  @Test func `two events of one message are two deliveries`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook("https://hooks.example.com/")
      #expect(try await fixture.record(.sample(1, .sent), .sample(2, .delivered)) == [.stored, .stored])
      #expect(Set(try await fixture.deliveries().map(\.status)) == [.sent, .delivered])
    }
  }

  @Test func `an event without a webhook is kept, and nothing waits`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addSender()
      #expect(try await fixture.record(.sample(1)) == [.stored])
      #expect(try await count("events", fixture) == 1)
      #expect(try await count("deliveries", fixture) == 0)
    }
  }

  @Test func `an event of a sender the replica does not know yet is kept`() async throws {
    try await ReceiptsFixture.run { fixture in
      let outcomes = try await fixture.record(.sample(1))
      #expect(outcomes == [.stored])
      #expect(try await count("events", fixture) == 1)
    }
  }

  @Test func `an event in another account's name does not reach the webhook`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook("https://hooks.example.com/")
      #expect(try await fixture.record(.sample(1, account: ReceiptsFixture.otherAccount)) == [.stored])
      #expect(try await fixture.deliveries().isEmpty)
    }
  }

  @Test(arguments: [MessageStatus.received, .queued, .sending, .accepted, .unknown])
  func `a status that is no receipt is refused, its neighbours go on`(status: MessageStatus) async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook("https://hooks.example.com/")
      #expect(try await fixture.record(.sample(1), .sample(2, status), .sample(3)) == [.stored, .refused, .stored])
      #expect(try await fixture.deliveries().count == 2)
      #expect(fixture.lines.ofEvent("event.refused").count == 1)
    }
  }

  @Test func `a message that was never sent is told as undelivered`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook("https://hooks.example.com/")
      #expect(try await fixture.record(.sample(1, .expired), .sample(2, .cancelled)) == [.stored, .stored])
      #expect(try await fixture.deliveries().count == 2)
      let read = try await fixture.stream.read(.init(), ReceiptsFixture.front()).data
      #expect(read.map(\.data["status"]) == ["undelivered", "undelivered"])
    }
  }

  @Test func `a batch has its limit`() async throws {
    try await ReceiptsFixture.run { fixture in
      let context = CallContext(caller: .messagingRouter)
      let most = (1...EventHandlers.batchLimit).map { HandedEvent(status: .sample($0)) }
      let outcomes = try await fixture.events.record(.init(events: most), context).outcomes
      #expect(outcomes.count == most.count)
      let error = await #expect(throws: CallFailure.self) {
        try await fixture.events.record(.init(events: most + [HandedEvent(status: .sample(1_000))]), context)
      }
      #expect(error?.reason == "BATCH_TOO_LARGE")
      #expect(try await fixture.events.record(.init(events: []), context).outcomes.isEmpty)
    }
  }

  @Test func `deliveries come in pages, newest first`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook("https://hooks.example.com/")
      for number in 1...5 {
        try await fixture.record(.sample(number))
        fixture.clock.advance(by: .milliseconds(1))
      }
      var (events, cursor): ([String], String?) = ([], nil)
      for _ in 1...3 {
        let page = try await fixture.deliveries.ofSender(
          .init(senderID: ReceiptsFixture.sender, limit: 2, cursor: cursor), ReceiptsFixture.front())
        events += page.data.map { String($0.eventID.text.suffix(1)) }
        cursor = page.nextCursor
      }
      #expect(events == ["5", "4", "3", "2", "1"] && cursor == nil)
    }
  }

  @Test(
    arguments: [
      (0, nil, "LIMIT_OUT_OF_RANGE"), (101, nil, "LIMIT_OUT_OF_RANGE"), (1, "!", "CURSOR_INVALID"),
      (1, "", "CURSOR_INVALID"), (1, "c25kXzE", "CURSOR_INVALID"),
    ] as [(Int, String?, String)])
  func `a page outside its bounds is refused`(limit: Int, cursor: String?, reason: String) async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addSender()
      let error = await #expect(throws: CallFailure.self) {
        try await fixture.deliveries.ofSender(
          .init(senderID: ReceiptsFixture.sender, limit: limit, cursor: cursor), ReceiptsFixture.front())
      }
      #expect(error?.reason == reason)
    }
  }
}
