import Telemetry
import Contracts
import HTTP
import JSON
import ReceiptsHarness
import Store
import TestSupport
import Testing

@testable import Receipts

@Suite struct EndpointNewsTests {
  private func events(_ fixture: ReceiptsFixture) async throws -> [PlatformEvent] {
    let types = [PlatformEvent.Kind.endpointFailing, .endpointPaused, .endpointRecovered]
    let stream = EventStream(
      account: ReceiptsFixture.account.text, types: types.sorted { $0.rawValue < $1.rawValue }, sender: nil, limit: 100)
    return try await fixture.database.read { try stream.read(after: 0, $0).events }
  }

  @Test func `an endpoint that fails is told to the others of the account, once, and its recovery too`() async throws {
    let isUp = Latch()
    let failing = try await WebhookReceiver { _, _ in .text("", status: isUp.isOpen ? 200 : 500) }
    let other = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint("\(failing.url)?token=hidden", 1) {
        $0.retrySchedule = Array(repeating: "2m", count: 12).joined(separator: ",")
        $0.description = "shop"
        $0.eventTypes = [.messageStatus, .endpointFailing, .endpointRecovered]
      }
      try await fixture.addEndpoint(other.url, 2) { $0.eventTypes = [.endpointFailing, .endpointRecovered] }
      fixture.worker.start()
      try await fixture.hand([.sample(1)])
      for number in 1...5 {
        try await fixture.attempts(number, of: id)
        fixture.advance(by: .seconds(120))
      }
      let told = try await other.requests.next()
      let body = try JSONValue(parsing: told.body)
      #expect(body["type"]?.string == "endpoint.failing")
      let data = body["data"]
      #expect(data?["webhook_id"]?.string == id.text && data?["host"]?.string == "127.0.0.1")
      #expect(data?["description"]?.string == "shop" && data?["last_http_status"]?.int64 == 500)
      #expect(data?["pauses_at"]?.string != nil && data?["failing_since"]?.string != nil)
      #expect(!String(decoding: told.body, as: UTF8.self).contains("hidden"))
      isUp.open()
      for _ in 1...4 { fixture.advance(by: .seconds(300)) }
      // Neither piece of news went to the endpoint it is about.
      #expect(try JSONValue(parsing: try await other.requests.next().body)["type"]?.string == "endpoint.recovered")
      #expect(try await events(fixture).map(\.type) == [.endpointFailing, .endpointRecovered])
      #expect(try await fixture.sql("SELECT count(*) FROM deliveries WHERE webhook_id = '\(id.text)'") == 1)
      let webhook = try await fixture.webhook(id)
      #expect(webhook.failingSince == nil && webhook.failures == 0 && webhook.lastSuccessAt != nil)
    }
    await failing.stop()
    await other.stop()
  }

  @Test func `410 pauses at once, and what comes afterwards is kept`() async throws {
    let receiver = try await WebhookReceiver { _, _ in .text("", status: 410) }
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint(receiver.url)
      fixture.worker.start()
      try await fixture.hand([.sample(1)])
      try await eventually("it is paused") { try await fixture.webhook(id).pause?.reason == .gone }
      try await fixture.hand([.sample(2)])
      fixture.advance(by: .seconds(3_600))
      let news = try await events(fixture)
      #expect(news.map(\.type) == [.endpointPaused] && news.first?.data["reason"]?.string == "gone")
      #expect(try await fixture.queue(of: id).map(\.state) == ["waiting", "held"])
      #expect(receiver.count == 1)
      // Not a change by a person.
      #expect(try await fixture.webhook(id).version == 1)
    }
    await receiver.stop()
  }

  @Test func `the owner is told half-way to the pause, with its time`() async throws {
    let receiver = try await WebhookReceiver { _, _ in .text("", status: 500) }
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint(receiver.url) {
        $0.retrySchedule = Array(repeating: "12h", count: 14).joined(separator: ",")
      }
      fixture.worker.start()
      let began = fixture.clock.now
      try await fixture.hand([.sample(1)])
      for number in 1...11 {
        try await fixture.attempts(number, of: id)
        fixture.advance(by: .seconds(12 * 3_600))
      }
      let news = try await events(fixture)
      #expect(news.map(\.type) == [.endpointFailing, .endpointFailing, .endpointPaused])
      let pausesAt = Timestamp(milliseconds: began + EndpointHealth.patience).description
      #expect(news.prefix(2).allSatisfy { $0.data["pauses_at"]?.string == pausesAt })
      #expect(news.last?.data["reason"]?.string == "failing")
    }
    await receiver.stop()
  }

  @Test func `what is told and what it is told of are one transaction`() async throws {
    let receiver = try await WebhookReceiver { _, _ in .text("", status: 410) }
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint(receiver.url)
      // The news cannot be stored: neither is the pause, nor the attempt.
      try await fixture.database.write {
        try $0.execute(
          """
          CREATE TRIGGER no_news BEFORE INSERT ON events WHEN new.type = 'endpoint.paused'
          BEGIN SELECT raise(ABORT, 'no'); END
          """)
      }
      fixture.worker.start()
      try await fixture.hand([.sample(1)])
      try await eventually("it was tried") { fixture.lines.ofEvent("delivery.outcome_not_stored").count > 0 }
      #expect(try await fixture.webhook(id).pause == nil)
      #expect(try await fixture.sql("SELECT count(*) FROM attempts") == 0)
      try await fixture.database.write { try $0.execute("DROP TRIGGER no_news") }
      try await eventually("it is paused") { try await fixture.webhook(id).pause?.reason == .gone }
      #expect(try await fixture.sql("SELECT count(*) FROM attempts") == 1)
    }
    await receiver.stop()
  }
}
