import Contracts
import HTTP
import ReceiptsHarness
import Store
import TestSupport
import Testing
import Wire

@testable import Receipts

/// Replays and gaps of a webhook that wants the events of a contact one after the other.
@Suite struct ReplayOrderTests {
  private let front = ReceiptsFixture.front()

  /// Events of one contact for an ordered webhook.
  private func ordered(_ body: (ReceiptsFixture, WebhookID) async throws -> Void) async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/").id
      try await fixture.execute("UPDATE webhooks SET is_ordered = 1")
      try await body(fixture, webhook)
    }
  }

  private func states(_ fixture: ReceiptsFixture) async throws -> [String] {
    try await fixture.database.read {
      try $0.all("SELECT state FROM deliveries ORDER BY position") { try $0.text(0) }
    }
  }

  @Test func `a replay queues one of a contact and the others behind it`() async throws {
    try await ordered { fixture, webhook in
      try await fixture.record(1...4)
      try await fixture.execute("UPDATE deliveries SET state = 'delivered'")
      let call = ReceiptsAPI.StartReplay(webhookID: webhook, selection: .init(outcome: .any))
      let replay = try await fixture.replaying.start(call, front)
      #expect(try await fixture.feed(replay.id) == .later)
      #expect(try await states(fixture) == ["waiting", "behind", "behind", "behind"])
      // What comes meanwhile waits behind them.
      try await fixture.record(.sample(5))
      #expect(try await states(fixture).last == "behind")
      let id = try #require(replay.id)
      _ = try await fixture.replaying.cancel(.init(replayID: id), front)
      #expect(try await fixture.feed(id) == .ended(.cancelled))
      #expect(try await states(fixture) == ["delivered", "delivered", "delivered", "delivered", "waiting"])
    }
  }

  @Test func `a gap that is stopped holds up nobody`() async throws {
    try await ordered { fixture, webhook in
      try await fixture.pause(webhook)
      try await fixture.record(1...3)
      _ = try await fixture.replaying.resume(.init(webhookID: webhook), front)
      try await fixture.record(.sample(4))
      let list = try await fixture.replaying.list(.init(webhookID: webhook), front).data
      let gap = try #require(list.first?.id)
      _ = try await fixture.replaying.cancel(.init(replayID: gap), front)
      #expect(try await fixture.feed(gap) == .ended(.cancelled))
      #expect(try await states(fixture) == ["cancelled", "cancelled", "cancelled", "waiting"])
    }
  }

  @Test func `who waits for a turn gets it, though its webhook is in ordered mode no longer`() async throws {
    try await ordered { fixture, webhook in
      try await fixture.pause(webhook)
      try await fixture.record(1...2)
      _ = try await fixture.replaying.resume(.init(webhookID: webhook), front)
      try await fixture.record(.sample(3))
      try await fixture.execute("UPDATE webhooks SET is_ordered = 0")
      try await fixture.record(.sample(4))
      let gap = try await fixture.replaying.list(.init(webhookID: webhook), front).data.first?.id
      #expect(try await fixture.feed(gap) == .later)
      #expect(try await states(fixture) == ["waiting", "behind", "behind", "waiting"])
      let receiver = try await WebhookReceiver()
      try await fixture.execute("UPDATE webhooks SET url = ?", receiver.url)
      fixture.worker.start()
      try await eventually("all are delivered") {
        try await states(fixture) == Array(repeating: "delivered", count: 4)
      }
      await receiver.stop()
    }
  }

  @Test func `a turn that nobody has is given at the start, and no other`() async throws {
    try await ordered { fixture, _ in
      try await fixture.hand((1...6).map { HandedEvent(status: .of(contact: ($0 + 1) / 2, number: $0)) })
      try await fixture.execute("UPDATE deliveries SET state = 'delivered' WHERE position = 1")
      try await fixture.execute("UPDATE deliveries SET state = 'held' WHERE position = 3")
      #expect(try await fixture.database.write { try LostTurns.give($0) } == 1)
      #expect(try await states(fixture) == ["delivered", "waiting", "held", "behind", "waiting", "behind"])
      #expect(try await fixture.database.write { try LostTurns.give($0) } == 0)
      let steps = try await fixture.database.read {
        try $0.all("EXPLAIN QUERY PLAN " + LostTurns.findSQL) { try $0.text(3) }
      }
      #expect(steps == ["SCAN deliveries USING COVERING INDEX deliveries_ordered"])
    }
  }

  @Test func `a gap is closed in the order in which things happened, and so is what is skipped`() async throws {
    try await ordered { fixture, webhook in
      try await fixture.pause(webhook)
      try await fixture.record(1...3)
      _ = try await fixture.replaying.resume(.init(webhookID: webhook), front)
      try await fixture.record(.sample(4))
      #expect(try await states(fixture) == ["held", "held", "held", "behind"])
      let gap = try await fixture.replaying.list(.init(webhookID: webhook), front).data.first?.id
      #expect(try await fixture.feed(gap) == .later)
      #expect(try await states(fixture) == ["waiting", "behind", "behind", "behind"])
      try await fixture.pause(webhook)
      try await fixture.record(.sample(5))
      _ = try await fixture.replaying.resume(.init(webhookID: webhook, skipMissed: true), front)
      let skip = try await fixture.replaying.list(.init(webhookID: webhook), front).data.first?.id
      #expect(try await fixture.feed(skip) == .ended(.completed))
      #expect(try await states(fixture) == ["waiting", "behind", "behind", "behind", "cancelled"])
    }
  }
}
