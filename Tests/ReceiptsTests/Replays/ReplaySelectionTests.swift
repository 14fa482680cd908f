import Contracts
import TestSupport
import Testing
import Wire

@testable import Receipts

/// What no replay sends unless somebody asks for it.
@Suite struct ReplaySelectionTests {
  private let front = ReceiptsFixture.front()

  private func matched(
    _ fixture: ReceiptsFixture, _ webhook: WebhookID, _ outcome: ReplaySelection.Outcome? = nil
  ) async throws -> Int {
    try await fixture.replaying.start(
      .init(webhookID: webhook, selection: .init(outcome: outcome), dryRun: true), front
    ).matched
  }

  @Test func `an endpoint gets the news of others, never its own`() async throws {
    try await ReceiptsFixture.run { fixture in
      let types: [PlatformEvent.Kind] = [.endpointFailing, .endpointPaused, .endpointRecovered]
      let one = try await fixture.addEndpoint("https://one.example.com/", 1) { $0.eventTypes = types }
      let two = try await fixture.addEndpoint("https://two.example.com/", 2) { $0.eventTypes = types }
      for (number, (type, webhook)) in zip(types, [one, one, two]).enumerated() {
        try await fixture.execute(
          """
          INSERT INTO events (id, account_id, type, body, occurred_at, received_at) VALUES (?, ?, ?, ?, ?, ?)
          """, StatusEvent.sample(number + 1).id.text, ReceiptsFixture.account.text, type.rawValue,
          Array(#"{"webhook_id":"\#(webhook.text)"}"#.utf8), fixture.clock.now, fixture.clock.now)
      }
      #expect(try await matched(fixture, one, .any) == 1)
      #expect(try await matched(fixture, two, .any) == 2)
      let replay = try await fixture.replaying.start(.init(webhookID: one), front)
      try await fixture.feed(replay.id)
      #expect(try await fixture.queue(of: one).map(\.position) == [3])
    }
  }

  @Test func `what was called off stays so, unless all is asked for`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/").id
      try await fixture.record(1...5)
      try await fixture.settle(.cancelled)
      try await fixture.execute("UPDATE deliveries SET state = 'exhausted' WHERE position = 4")
      #expect(try await matched(fixture, webhook) == 1)
      #expect(try await matched(fixture, webhook, .any) == 5)
    }
  }

  @Test func `a replay that was stopped can be begun again`() async throws {
    try await ReceiptsFixture.run { fixture in
      // From before the webhook.
      try await fixture.addSender()
      try await fixture.record(1...5)
      let webhook = try await fixture.webhooks.set(
        .init(senderID: ReceiptsFixture.sender, url: "https://hooks.example.com/"), front
      ).id
      let replay = try #require(try await fixture.replaying.start(.init(webhookID: webhook), front).id)
      try await fixture.feed(replay)
      #expect(try await matched(fixture, webhook) == 0)
      _ = try await fixture.replaying.cancel(.init(replayID: replay), front)
      #expect(try await fixture.feed(replay) == .ended(.cancelled))
      #expect(try await matched(fixture, webhook) == 5)
      #expect(try await fixture.number("SELECT sum(deliveries) FROM queue_depth") == 0)
    }
  }
}
