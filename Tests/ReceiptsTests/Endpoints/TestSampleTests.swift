import Contracts
import HTTP
import JSON
import ReceiptsHarness
import TestSupport
import Testing

@testable import Receipts

/// What a test shows is what is delivered. Events of the router and the registry are compared end to end.
@Suite struct TestSampleTests {
  private func keys(_ body: [UInt8]) throws -> Set<String> {
    let root = try JSONValue(parsing: body)
    let (envelope, data) = (root.object?.members.map(\.key) ?? [], root["data"]?.object?.members.map(\.key) ?? [])
    return Set(envelope).union(data.map { "data." + $0 })
  }

  private func sample(_ type: PlatformEvent.Kind, for kind: Webhook.Kind) throws -> Set<String> {
    let sample = TestSample(
      type: type, sender: SenderRow(id: ReceiptsFixture.sender, phoneNumber: "+4930123456", displayName: "Shop"),
      account: ReceiptsFixture.account, id: StatusEvent.sample(1).id, at: Timestamp(milliseconds: 1_767_225_600_000))
    return try keys(try sample.bytes(for: kind)).subtracting(["test", "data.test"])
  }

  @Test func `the sample of a receipt has the members of a real one, in both kinds of body`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(receiver.url)
      fixture.worker.start()
      try await fixture.record(.sample(1))
      #expect(try keys(try await receiver.requests.next().body) == sample(.messageStatus, for: .receipts))
    }
    try await ReceiptsFixture.run { fixture in
      try await fixture.addSender()
      try await fixture.addEndpoint(receiver.url)
      fixture.worker.start()
      try await fixture.record(.sample(1))
      #expect(try keys(try await receiver.requests.next().body) == sample(.messageStatus, for: .endpoint))
    }
    await receiver.stop()
  }

  @Test func `the samples of what owners hear of their endpoints have the members of real ones`() async throws {
    let (isUp, isGone) = (Latch(), Latch())
    let failing = try await WebhookReceiver { _, _ in
      .text("", status: isGone.isOpen ? 410 : isUp.isOpen ? 200 : 500)
    }
    let other = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint(failing.url, 1) {
        $0.retrySchedule = Array(repeating: "2m", count: 12).joined(separator: ",")
        $0.description = "shop"
        $0.eventTypes = [.messageStatus]
      }
      try await fixture.addEndpoint(other.url, 2) {
        $0.eventTypes = [.endpointFailing, .endpointRecovered, .endpointPaused]
      }
      fixture.worker.start()
      try await fixture.record(.sample(1))
      for number in 1...5 {
        try await fixture.attempts(number, of: id)
        fixture.advance(by: .seconds(120))
      }
      #expect(try keys(try await other.requests.next().body) == sample(.endpointFailing, for: .endpoint))
      isUp.open()
      for _ in 1...4 { fixture.advance(by: .seconds(300)) }
      #expect(try keys(try await other.requests.next().body) == sample(.endpointRecovered, for: .endpoint))
      isGone.open()
      try await fixture.record(.sample(2))
      let paused = try keys(try await other.requests.next().body)
      // The last failure was an answer here, and none in the sample.
      let expected = try sample(.endpointPaused, for: .endpoint).subtracting(["data.last_error_class"])
        .union(["data.last_http_status"])
      #expect(paused == expected.subtracting(paused.contains("data.failing_since") ? [] : ["data.failing_since"]))
    }
    await failing.stop()
    await other.stop()
  }
}
