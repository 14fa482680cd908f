import Contracts
import Store
import TestSupport
import Testing
import Wire

@testable import Receipts

/// People that are erased while something of them is kept, waits, or is to be delivered once more.
@Suite struct ReplayErasureTests {
  private let front = ReceiptsFixture.front()
  private let conversation = ConversationID(trusted: "cnv_00000000000000000000000001")

  private func erase(_ fixture: ReceiptsFixture) async throws {
    let order = HandedEvent.Erasure(
      id: EventID(trusted: "evt_90000000000000000000000001"), accountID: ReceiptsFixture.account,
      conversationIDs: [conversation])
    try await fixture.hand([HandedEvent(erasure: order)])
    fixture.erasure.start()
    try await eventually("the order is carried out") {
      try await fixture.number("SELECT count(*) FROM erasures") == 0
    }
  }

  @Test func `what is kept for later, waits for its turn or for a replay is called off, with its answers`() async throws
  {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook("https://hooks.example.com/")
      try await fixture.record(1...5)
      for (position, state) in [(1, "held"), (2, "behind"), (3, "exhausted"), (4, "delivered")] {
        try await fixture.execute("UPDATE deliveries SET state = ? WHERE position = ?", state, position)
      }
      try await fixture.execute("UPDATE deliveries SET is_replay = 1 WHERE position = 5")
      try await fixture.execute(
        """
        INSERT INTO attempts (id, delivery_id, webhook_id, at, milliseconds, response)
        SELECT 'att' || substr(id, 4), id, webhook_id, 0, 0, 'we know +491701234567' FROM deliveries
        """)
      try await erase(fixture)
      #expect(
        try await fixture.deliveries().map(\.state) == [.cancelled, .delivered, .exhausted, .cancelled, .cancelled])
      #expect(try await fixture.number("SELECT count(*) FROM attempts WHERE response IS NOT NULL") == 0)
      #expect(try await fixture.number("SELECT sum(deliveries) FROM queue_depth") == 0)
    }
  }

  @Test func `no replay and no resumption sends anything of them again`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/").id
      try await fixture.record(1...3)
      try await fixture.settle()
      try await fixture.pause(webhook)
      try await fixture.record(4...6)
      _ = try await fixture.replaying.resume(.init(webhookID: webhook), front)
      try await erase(fixture)
      let gap = try await fixture.replaying.list(.init(webhookID: webhook), front).data.first?.id
      #expect(try await fixture.feed(gap) == .ended(.completed))
      let call = ReceiptsAPI.StartReplay(webhookID: webhook, selection: .init(outcome: .any))
      let replay = try await fixture.replaying.start(call, front)
      #expect(replay.matched == 0)
      #expect(try await fixture.feed(replay.id) == .ended(.completed))
      #expect(try await fixture.number("SELECT count(*) FROM deliveries WHERE state = 'waiting'") == 0)
      // Also when nobody remembers the order any more.
      try await fixture.execute("DELETE FROM erased_conversations")
      let later = try await fixture.replaying.start(
        .init(webhookID: webhook, selection: .init(outcome: .any), dryRun: true), front)
      #expect(later.matched == 0)
    }
  }
}
