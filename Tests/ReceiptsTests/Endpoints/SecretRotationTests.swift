import Contracts
import Crypto
import Foundation
import HTTP
import JSON
import ReceiptsHarness
import Store
import TestSupport
import Testing
import Wire

@testable import Receipts

/// A secret is exchanged without a moment in which a receiver cannot verify.
@Suite struct SecretRotationTests {
  /// What a receiver that knows one secret makes of a request.
  private func accepts(_ request: HTTPRequest, _ secret: String) throws -> (plain: Bool, next: Bool, standard: Bool) {
    let secret = try #require(SigningSecret(Secret(secret)))
    let plain = "sha256=" + Hex.encode(HMACSHA256.authenticate(request.body, key: secret.text.bytes))
    let id = try #require(request.headers["webhook-id"])
    let stamp = try #require(request.headers["webhook-timestamp"])
    let content = SignedDelivery.signedContent(eventID: id, timestamp: stamp, body: request.body)
    let standard = "v1," + Base64.encode(HMACSHA256.authenticate(content, key: secret.key.bytes))
    let entries = request.headers["webhook-signature"]?.split(separator: " ").map(String.init) ?? []
    return (
      request.headers["x-signature-256"] == plain, request.headers["x-signature-256-next"] == plain,
      entries.contains(standard)
    )
  }

  private func rotate(
    _ fixture: ReceiptsFixture, _ webhook: Webhook, hours: Int? = nil, force: Bool? = nil
  ) async throws -> Webhook {
    try await fixture.webhooks.rotate(
      .init(webhookID: webhook.id, overlapHours: hours, force: force), ReceiptsFixture.front())
  }

  private func next(_ fixture: ReceiptsFixture, _ receiver: WebhookReceiver, _ number: Int) async throws
    -> HTTPRequest
  {
    try await fixture.record(.sample(number))
    return try await receiver.requests.next("delivery \(number)")
  }

  @Test func `during an overlap receivers with either secret verify, before and after it only one`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      let old = try #require(webhook.secret)
      fixture.worker.start()
      #expect(try accepts(try await next(fixture, receiver, 1), old) == (true, false, true))

      let rotated = try await rotate(fixture, webhook)
      let new = try #require(rotated.secret)
      #expect(rotated.previousSecret?.fingerprint == webhook.secretFingerprint)
      #expect(rotated.previousSecret?.expiresAt.milliseconds == fixture.clock.now + 24 * 3_600_000)
      #expect(rotated.version == webhook.version + 1 && rotated.secretFingerprint != webhook.secretFingerprint)
      let both = try await next(fixture, receiver, 2)
      #expect(try accepts(both, old) == (true, false, true))
      #expect(try accepts(both, new) == (false, true, true))

      fixture.clock.advance(by: .seconds(24 * 3_600))
      let after = try await next(fixture, receiver, 3)
      #expect(try accepts(after, old) == (false, false, false))
      #expect(try accepts(after, new) == (true, false, true))
      #expect(after.headers["x-signature-256-next"] == nil)
      let read = try await fixture.webhooks.read(.init(webhookID: webhook.id), ReceiptsFixture.front())
      #expect(read.previousSecret == nil && read.secret == nil)
    }
    await receiver.stop()
  }

  @Test func `retiring ends the overlap at once, and again changes nothing`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      let new = try #require(try await rotate(fixture, webhook, hours: 168).secret)
      let retired = try await fixture.webhooks.retire(.init(webhookID: webhook.id), ReceiptsFixture.front())
      #expect(retired.previousSecret == nil && retired.secret == nil && retired.version == 3)
      #expect(try await fixture.webhooks.retire(.init(webhookID: webhook.id), ReceiptsFixture.front()) == retired)
      fixture.worker.start()
      let request = try await next(fixture, receiver, 1)
      #expect(try accepts(request, new) == (true, false, true))
      #expect(try accepts(request, try #require(webhook.secret)) == (false, false, false))
    }
    await receiver.stop()
  }

  @Test func `a second rotation during the overlap is refused unless it is forced, which drops the oldest`()
    async throws
  {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      let second = try await rotate(fixture, webhook)
      let refused = await failure { try await rotate(fixture, webhook) }
      #expect(refused?.code == .failedPrecondition && refused?.reason == "ROTATION_RUNNING")
      #expect(refused?.details?["expires_at"]?.string == second.previousSecret?.expiresAt.description)
      let third = try await rotate(fixture, webhook, hours: 1, force: true)
      #expect(third.previousSecret?.fingerprint == second.secretFingerprint)
      fixture.worker.start()
      let request = try await next(fixture, receiver, 1)
      #expect(try accepts(request, try #require(webhook.secret)) == (false, false, false))
      #expect(try accepts(request, try #require(second.secret)) == (true, false, true))
      #expect(try accepts(request, try #require(third.secret)) == (false, true, true))
      // Once an overlap is over the next rotation needs no force.
      fixture.clock.advance(by: .seconds(3_600))
      #expect(try await rotate(fixture, webhook).previousSecret?.fingerprint == third.secretFingerprint)
    }
    await receiver.stop()
  }

  @Test func `without an overlap the old secret ends at once`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      let new = try await rotate(fixture, webhook, hours: 0)
      #expect(new.previousSecret == nil)
      fixture.worker.start()
      let request = try await next(fixture, receiver, 1)
      #expect(try accepts(request, try #require(webhook.secret)) == (false, false, false))
      #expect(try accepts(request, try #require(new.secret)) == (true, false, true))
    }
    await receiver.stop()
  }

  @Test(arguments: [-1, 169, .max])
  func `an overlap is 0 to 168 hours`(hours: Int) async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/")
      let refused = await failure { try await rotate(fixture, webhook, hours: hours) }
      #expect(refused?.reason == "OVERLAP_OUT_OF_RANGE" && refused?.field == "overlap_hours")
    }
  }

  @Test func `a secret whose overlap is over is wiped from the row, by the upkeep or the next change`() async throws {
    try await ReceiptsFixture.run { fixture in
      func kept() async throws -> Int {
        try await fixture.database.read {
          try $0.first("SELECT count(*) FROM webhooks WHERE previous_secret IS NOT NULL") { try $0.int(0) } ?? 0
        }
      }
      let webhook = try await fixture.addWebhook("https://hooks.example.com/")
      let other = try await fixture.addWebhook(
        "https://hooks.example.com/", sender: ReceiptsFixture.secondSender, account: ReceiptsFixture.otherAccount)
      _ = try await rotate(fixture, webhook, hours: 1)
      _ = try await fixture.webhooks.rotate(
        .init(webhookID: other.id, overlapHours: 2), ReceiptsFixture.front(ReceiptsFixture.otherAccount))
      #expect(try await kept() == 2)
      fixture.clock.advance(by: .seconds(3_600))
      _ = try await fixture.webhooks.update(
        .init(webhookID: webhook.id, description: .set("Shop")), ReceiptsFixture.front())
      #expect(try await kept() == 1)
      fixture.clock.advance(by: .seconds(3_600))
      fixture.upkeep.start()
      fixture.upkeep.wake()
      try await eventually("the other one is wiped") { try await kept() == 0 }
    }
  }

  @Test func `a repeat with the same key shows the same secret and rotates once`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/")
      var context = ReceiptsFixture.front()
      context.key = "rotate-1"
      let first = try await fixture.webhooks.rotate(.init(webhookID: webhook.id), context)
      #expect(try await fixture.webhooks.rotate(.init(webhookID: webhook.id), context) == first)
      let read = try await fixture.webhooks.read(.init(webhookID: webhook.id), ReceiptsFixture.front())
      #expect(read.version == first.version)
    }
  }

  @Test func `a secret that cannot be opened any more is left behind by a rotation`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run(schedule: RetrySchedule(pauses: [.zero])) { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      try await fixture.database.write { try $0.execute("UPDATE webhooks SET secret = 'v1.k1.AAAA'") }
      fixture.worker.start()
      try await fixture.record(.sample(1))
      let failed = try await fixture.delivery("it cannot be signed") { $0.attempts.count == 1 }
      #expect(failed.attempts.map(\.errorClass) == ["secret_unreadable"] && failed.state == .waiting)
      let rotated = try await rotate(fixture, webhook)
      #expect(rotated.previousSecret == nil)
      // Nothing was lost by it.
      fixture.advance(by: .seconds(5))
      let request = try await receiver.requests.next()
      #expect(request.headers["webhook-id"] == "evt_00000000000000000000000001")
      #expect(try accepts(request, try #require(rotated.secret)) == (true, false, true))
    }
    await receiver.stop()
  }

  @Test func `another account rotates and retires nothing`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/")
      let other = ReceiptsFixture.front(ReceiptsFixture.otherAccount)
      let rotation = await failure { try await fixture.webhooks.rotate(.init(webhookID: webhook.id), other) }
      let end = await failure { try await fixture.webhooks.retire(.init(webhookID: webhook.id), other) }
      #expect(rotation?.reason == "WEBHOOK_NOT_FOUND" && end?.reason == "WEBHOOK_NOT_FOUND")
    }
  }
}
