import Contracts
import JSON
import ReceiptsHarness
import Store
import TestSupport
import Testing
import Wire

@testable import Receipts

/// `Idempotency-Key` on every POST of receipts. Whoever adds one adds its story.
@Suite struct IdempotencyTests {
  private struct Unknown: Error {
    var method: String
  }

  /// The owner's answer to a call of the front door.
  private static func answer(_ call: any Call, _ key: String, _ fixture: ReceiptsFixture) async throws -> [UInt8] {
    var context = ReceiptsFixture.front()
    context.key = key
    let (webhooks, tests) = (fixture.webhooks, fixture.tests)
    switch call {
    case let call as ReceiptsAPI.CreateWebhook: return try JSONCoder.encode(try await webhooks.create(call, context))
    case let call as ReceiptsAPI.PauseWebhook: return try JSONCoder.encode(try await webhooks.pause(call, context))
    case let call as ReceiptsAPI.RotateSecret: return try JSONCoder.encode(try await webhooks.rotate(call, context))
    case let call as ReceiptsAPI.RetireSecret: return try JSONCoder.encode(try await webhooks.retire(call, context))
    case let call as ReceiptsAPI.TestWebhook: return try JSONCoder.encode(try await tests.test(call, context))
    case let call as ReceiptsAPI.TestSenderWebhook:
      return try JSONCoder.encode(try await tests.testSender(call, context))
    default: throw Unknown(method: type(of: call).method)
    }
  }

  @Test func `every POST gives the same answer to the same key and has one effect`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      let other = try await fixture.webhooks.create(.init(url: receiver.url), ReceiptsFixture.front())
      let stories: [IdempotencyCheck.Story] = [
        .init(
          ReceiptsAPI.CreateWebhook(url: receiver.url, description: "Shop"),
          other: ReceiptsAPI.CreateWebhook(url: receiver.url, description: "Other shop")),
        .init(
          ReceiptsAPI.PauseWebhook(webhookID: webhook.id), other: ReceiptsAPI.PauseWebhook(webhookID: other.id)),
        .init(
          ReceiptsAPI.RotateSecret(webhookID: webhook.id), other: ReceiptsAPI.RotateSecret(webhookID: other.id)),
        .init(
          ReceiptsAPI.RetireSecret(webhookID: webhook.id), other: ReceiptsAPI.RetireSecret(webhookID: other.id)),
        .init(
          ReceiptsAPI.TestWebhook(webhookID: webhook.id),
          other: ReceiptsAPI.TestWebhook(webhookID: other.id, eventType: .messageReceived)),
        .init(
          ReceiptsAPI.TestSenderWebhook(senderID: ReceiptsFixture.sender),
          other: ReceiptsAPI.TestSenderWebhook(senderID: ReceiptsFixture.sender, url: receiver.url)),
      ]
      // Told in `ReplayTests`.
      let replays = ReplayTests.stories(
        delivery: DeliveryID(trusted: "dlv_1"), webhook: webhook.id, replay: ReplayID(trusted: "rpl_1"))
      #expect(IdempotencyCheck.uncovered(ReceiptsAPI.calls, by: stories + replays) == [])
      let check = IdempotencyCheck(fixture.database) { try await Self.answer($0, $1, fixture) }
      for story in stories {
        let problems = try await check.problems(with: story)
        #expect(problems.isEmpty)
      }
      // Each test was sent once, whatever was asked again.
      #expect(receiver.count == 2)
    }
    await receiver.stop()
  }
}
