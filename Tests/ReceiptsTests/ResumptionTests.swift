import HTTP
import Contracts
import Store
import ReceiptsHarness
import TestSupport
import Testing

@testable import Receipts

@Suite struct ResumptionTests {
  @Test func `what was in hand when the service ended is made again, and the log says so`() async throws {
    let gate = Latch()
    let receiver = try await WebhookReceiver { _, number in
      if number == 1 { try? await gate.wait(within: .seconds(30)) }
      return .text("ok")
    }
    let first = try ReceiptsFixture()
    try await first.addWebhook(receiver.url)
    first.worker.start()
    try await first.record(.sample(1))
    let before = try await receiver.requests.next()
    // Cut in the middle of the attempt: nothing of it is stored.
    await first.close()
    gate.open()

    try await ReceiptsFixture.run(after: first) { fixture in
      let released = try await fixture.database.write { try DeliveryRow.releaseInterrupted($0) }
      #expect(released == 1)
      fixture.worker.start()
      let again = try await receiver.requests.next()
      #expect(again.headers["webhook-id"] == before.headers["webhook-id"] && again.body == before.body)
      let delivery = try await fixture.delivery("it is delivered") { $0.state == .delivered }
      #expect(delivery.attempts.map(\.errorClass) == ["interrupted", nil])
      let attempts = try await fixture.database.read {
        try $0.first("SELECT attempts FROM deliveries") { try $0.int(0) }
      }
      // The interrupted one has not used up a step of the schedule.
      #expect(attempts == 1)
    }
    await receiver.stop()
  }

  @Test func `a delivery that waits is delivered by the next process`() async throws {
    let receiver = try await WebhookReceiver()
    let first = try ReceiptsFixture()
    try await first.addWebhook(receiver.url)
    try await first.record(.sample(1))
    await first.close()
    try await ReceiptsFixture.run(after: first) { fixture in
      #expect(try await fixture.database.write { try DeliveryRow.releaseInterrupted($0) } == 0)
      fixture.worker.start()
      _ = try await receiver.requests.next()
      _ = try await fixture.delivery("it is delivered") { $0.state == .delivered }
    }
    await receiver.stop()
  }

  @Test func `stopping waits for the attempt under way and keeps what came of it`() async throws {
    let gate = Latch()
    let receiver = try await WebhookReceiver { _, _ in
      try? await gate.wait(within: .seconds(30))
      return .text("ok")
    }
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(receiver.url)
      fixture.worker.start()
      try await fixture.record(.sample(1))
      _ = try await receiver.requests.next()
      async let stopped: Void = fixture.worker.stop(within: .seconds(20)) {}
      gate.open()
      await stopped
      #expect(try await fixture.deliveries().first?.state == .delivered)
      // Nothing is begun any more.
      try await fixture.record(.sample(2))
      #expect(receiver.count == 1)
    }
    await receiver.stop()
  }
}
