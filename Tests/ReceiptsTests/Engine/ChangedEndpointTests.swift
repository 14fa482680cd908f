import Contracts
import HTTP
import JSON
import ReceiptsHarness
import Store
import TestSupport
import Testing
import Wire

@testable import Receipts

/// A webhook whose address is another one begins anew: nothing of the old one is held against it.
@Suite struct ChangedEndpointTests {
  private let front = ReceiptsFixture.front()

  @Test(arguments: [true, false])
  func `a fixed URL stays under the old URL's breaker and clock`(isPatch: Bool) async throws {
    let failing = try await WebhookReceiver { _, _ in .text("", status: 500) }
    let repaired = try await WebhookReceiver()
    try await ReceiptsFixture.run(schedule: RetrySchedule(pauses: Array(repeating: .zero, count: 9))) { fixture in
      let id = try await fixture.addWebhook(failing.url).id
      fixture.worker.start()
      try await fixture.record(.sample(1))
      try await fixture.attempts(5, of: id)
      // The breaker is open, and the owner was told.
      try await fixture.database.write { try $0.execute("UPDATE webhooks SET told = 1") }
      let changed =
        if isPatch {
          try await fixture.webhooks.update(.init(webhookID: id, url: repaired.url), front)
        } else {
          try await fixture.webhooks.set(.init(senderID: ReceiptsFixture.sender, url: repaired.url), front)
        }
      #expect(changed.failingSince == nil && changed.pausesAt == nil)
      #expect(try await fixture.sql("SELECT failing_since IS NULL AND failures = 0 FROM webhooks") == 1)
      _ = try await repaired.requests.next()
      try await eventually("its owner hears that it goes on") {
        try await fixture.sql("SELECT count(*) FROM events WHERE type = 'endpoint.recovered'") == 1
      }
    }
    await failing.stop()
    await repaired.stop()
  }

  @Test func `another change leaves the clock as it is, and so does another URL of one that is paused`() async throws {
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint("http://127.0.0.1:1/")
      try await fixture.database.write {
        try $0.execute("UPDATE webhooks SET failing_since = 7, failures = 3, told = 1")
      }
      _ = try await fixture.webhooks.update(.init(webhookID: id, maxPerSecond: .set(5)), front)
      #expect(try await fixture.webhook(id).health.failures == 3)
      _ = try await fixture.webhooks.pause(.init(webhookID: id), front)
      // The resumption goes by it.
      _ = try await fixture.webhooks.update(.init(webhookID: id, url: "http://127.0.0.1:2/"), front)
      #expect(try await fixture.webhook(id).failingSince == 7)
    }
  }

  @Test func `a late 410 of the old URL pauses the webhook with its new one`() async throws {
    let gate = Latch()
    let old = try await WebhookReceiver { _, _ in
      try? await gate.wait(within: .seconds(30))
      return .text("", status: 410)
    }
    let new = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint(old.url)
      fixture.worker.start()
      try await fixture.hand([.sample(1)])
      _ = try await old.requests.next()
      _ = try await fixture.webhooks.update(.init(webhookID: id, url: new.url), front)
      gate.open()
      try await fixture.attempts(1, of: id)
      let webhook = try await fixture.webhook(id)
      #expect(webhook.pause == nil && webhook.failures == 0)
      try await fixture.hand([.sample(2)])
      #expect(try await new.requests.next().headers["webhook-id"] == "evt_00000000000000000000000002")
    }
    await old.stop()
    await new.stop()
  }

  @Test func `whoever heard that it was paused hears that it takes events again`() async throws {
    let isUp = Latch()
    let receiver = try await WebhookReceiver { _, _ in .text("", status: isUp.isOpen ? 200 : 410) }
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint(receiver.url)
      fixture.worker.start()
      fixture.replays.start()
      try await fixture.hand([.sample(1)])
      try await eventually("it is paused") { try await fixture.webhook(id).pause?.reason == .gone }
      isUp.open()
      _ = try await fixture.replaying.resume(.init(webhookID: id), front)
      try await fixture.hand([.sample(2)])
      try await eventually("it is told") {
        try await fixture.sql("SELECT count(*) FROM events WHERE type = 'endpoint.recovered'") == 1
      }
      // Once.
      try await fixture.hand([.sample(3)])
      try await fixture.attempts(3, of: id)
      #expect(try await fixture.sql("SELECT count(*) FROM events WHERE type = 'endpoint.recovered'") == 1)
      #expect(try await fixture.webhook(id).told == 0)
    }
    await receiver.stop()
  }
}
