import Contracts
import Daemon
import JSON
import ReceiptsHarness
import Store
import Synchronization
import Telemetry
import TestSupport
import Testing
import Wire
import Workers

@testable import Receipts

@Suite struct OwnerNewsTests {
  /// What the outbox holds, in the order in which it was written.
  private func told(_ fixture: ReceiptsFixture) async throws -> [SenderRegistryAPI.RecordAccountEvent] {
    try await fixture.database.read { connection in
      try connection.all("SELECT payload FROM registry_outbox ORDER BY id") { try $0.blob(0) }
    }.map { try JSONCoder.decode(SenderRegistryAPI.RecordAccountEvent.self, from: $0) }
  }

  private func tell(_ news: OwnerNews.News, failure: String? = "timeout", _ fixture: ReceiptsFixture) async throws {
    let now = fixture.clock.now
    try await fixture.database.write { connection in
      let webhook = try #require(
        try WebhookRow.find(sender: ReceiptsFixture.sender, account: ReceiptsFixture.account.text, connection))
      try OwnerNews.tell(news, of: webhook, failure: failure, at: now, connection)
    }
  }

  @Test func `the owner is told in plain words what fails, until when, and what to do`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com:8443/secret-path?token=pw")
      try await fixture.execute("UPDATE webhooks SET failing_since = 0")
      let pausesAt = WebhookRow.patience
      for news in [
        OwnerNews.News.failing, .halfWay(pausesAt: pausesAt), .paused(.failing), .paused(.gone), .paused(.byHand),
        .recovered,
      ] { try await tell(news, fixture) }
      let all = try await told(fixture)
      #expect(
        all.map(\.kind) == [
          "endpoint.failing", "endpoint.failing", "endpoint.paused", "endpoint.paused", "endpoint.recovered",
        ])
      #expect(all.map(\.severity) == [.warning, .warning, .critical, .critical, .info])
      #expect(all.allSatisfy { $0.accountID == ReceiptsFixture.account && $0.senderID == ReceiptsFixture.sender })
      #expect(Set(all.map(\.eventID)).count == 5)
      for event in all {
        #expect(event.message.contains("\(webhook.id) at hooks.example.com"))
        #expect(!event.message.contains("secret-path") && !event.message.contains("pw"))
        #expect(event.message.count <= 1_000)
      }
      #expect(all[0].message.contains("timeout") && all[0].message.contains("/attempts?failed_only=true"))
      #expect(all[1].message.contains("paused at 1970-01-06"))
      #expect(all[2].message.contains("POST /v1/webhooks/\(webhook.id)/resume"))
      #expect(all[3].message.contains("410"))
    }
  }

  @Test func `what was to be told survives a kill and is told once the registry is there, under its id`() async throws {
    let first = try ReceiptsFixture()
    try await first.addWebhook("https://hooks.example.com/")
    try await tell(.paused(.failing), first)
    let known = try #require(try await told(first).first)
    await first.close()
    try await ReceiptsFixture.run(after: first) { again in
      let sent = AsyncBox<EventID>()
      let isFirst = Atomic(true)
      let sender = OutboxSender(
        OwnerNews.queue, database: again.database, loop: again.loop, clock: WallClock.system, log: .silent
      ) { payload in
        sent.put(try JSONCoder.decode(SenderRegistryAPI.RecordAccountEvent.self, from: payload).eventID)
        // The first answer is lost on its way.
        if isFirst.exchange(false, ordering: .relaxed) { throw CallFailure.unavailable("LOST", "lost on its way") }
      }
      sender.start()
      #expect(try await sent.next() == known.eventID)
      #expect(try await sent.next() == known.eventID)
      try await eventually("the outbox is empty") { try await told(again).isEmpty }
      await sender.stop()
    }
  }
}
