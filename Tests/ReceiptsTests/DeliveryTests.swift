import Contracts
import Crypto
import HTTP
import JSON
import TestSupport
import Testing
import Wire

@testable import Receipts

@Suite struct DeliveryTests {
  @Test func `an event becomes a signed POST and an attempt is kept`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      fixture.worker.start()
      #expect(try await fixture.record(.sample(1)) == [.stored])

      let request = try await receiver.requests.next()
      #expect(request.method == "POST" && request.path == "/receipts")
      #expect(request.headers["content-type"] == "application/json")
      #expect(request.headers["webhook-id"] == "evt_00000000000000000000000001")
      #expect(request.headers["webhook-timestamp"] == "1767225600")
      let secret = try #require(webhook.secret)
      let body = HMACSHA256.authenticate(request.body, key: Array(secret.utf8))
      #expect(request.headers["x-signature-256"] == "sha256=" + Hex.encode(body))
      let key = try #require(Base64.decode(String(secret.dropFirst(6))))
      let signed = Array("evt_00000000000000000000000001.1767225600.".utf8) + request.body
      #expect(
        request.headers["webhook-signature"] == "v1," + Base64.encode(HMACSHA256.authenticate(signed, key: key)))

      let delivery = try await fixture.delivery("the delivery is done") { $0.state == .delivered }
      #expect(delivery.status == .delivered && delivery.nextAttemptAt == nil)
      let attempt = try #require(delivery.attempts.first)
      #expect(delivery.attempts.count == 1)
      #expect(attempt.httpStatus == 200 && attempt.response == "thanks" && attempt.errorClass == nil)
    }
    await receiver.stop()
  }
}
