import Contracts
import HTTP
import ReceiptsHarness
import Store
import Synchronization
import TestSupport
import Testing

@testable import Receipts

/// What an endpoint answers and its owner sets, seen from the endpoint.
@Suite struct PacedDeliveryTests {
  @Test func `Retry-After gives the whole endpoint a rest, and the delivery a longer pause within bounds`() async throws
  {
    let receiver = try await WebhookReceiver { _, number in
      number == 1 ? HTTPResponse(status: 429, headers: ["Retry-After": "20"]) : .text("ok")
    }
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint(receiver.url)
      fixture.worker.start()
      try await fixture.hand([.sample(1)])
      try await fixture.attempts(1, of: id)
      // Its own pause of 5 s is doubled, not more.
      #expect(try await fixture.sql("SELECT due_at FROM deliveries") == fixture.clock.now + 10_000)
      try await fixture.hand([.sample(2), .sample(3)])
      for _ in 1...19 { fixture.advance(by: .seconds(1)) }
      #expect(receiver.count == 1)
      fixture.advance(by: .seconds(1))
      try await eventually("all are delivered") {
        try await fixture.queue(of: id).allSatisfy { $0.state == "delivered" }
      }
      #expect(receiver.count == 4)
    }
    await receiver.stop()
  }

  @Test func `no more attempts at the same time than the owner allows`() async throws {
    let load = Mutex((now: 0, most: 0))
    let receiver = try await WebhookReceiver { _, _ in
      load.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      await Task.yield()
      load.withLock { $0.now -= 1 }
      return .text("ok")
    }
    try await ReceiptsFixture.run(concurrency: 64, perWebhook: 32) { fixture in
      try await fixture.addEndpoint(receiver.url) { $0.maxConcurrency = 2 }
      fixture.worker.start()
      try await fixture.hand((1...200).map { .sample($0) })
      try await eventually("all are delivered") {
        try await fixture.sql("SELECT count(*) FROM deliveries WHERE state = 'delivered'") == 200
      }
      #expect((1...2).contains(load.withLock { $0.most }))
    }
    await receiver.stop()
  }

  @Test func `no more attempts a second than the owner allows`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint(receiver.url) { $0.maxPerSecond = 3 }
      fixture.worker.start()
      try await fixture.hand((1...10).map { .sample($0) })
      for second in 1...3 {
        // The clock stands still: three are all that this second may see.
        try await fixture.attempts(3 * second, of: id)
        #expect(receiver.count == 3 * second)
        fixture.advance(by: .milliseconds(1_010))
      }
      try await fixture.attempts(10, of: id)
    }
    await receiver.stop()
  }

  @Test func `a webhook may have a schedule of its own`() async throws {
    let receiver = try await WebhookReceiver { _, _ in .text("", status: 400) }
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint(receiver.url) { $0.retrySchedule = "short" }
      fixture.worker.start()
      try await fixture.hand([.sample(1)])
      for (number, pause) in [30, 60, 120].enumerated() {
        try await fixture.attempts(number + 1, of: id)
        #expect(try await fixture.sql("SELECT due_at FROM deliveries") == fixture.clock.now + Int64(pause) * 1_000)
        fixture.advance(by: .seconds(pause))
      }
      try await eventually("it has ended") { try await fixture.queue(of: id).map(\.state) == ["exhausted"] }
    }
    await receiver.stop()
  }

  @Test func `a webhook that was changed or resumed is called at once, whatever was learnt of it before`() async throws
  {
    let isUp = Latch()
    let receiver = try await WebhookReceiver { _, _ in .text("", status: isUp.isOpen ? 200 : 500) }
    try await ReceiptsFixture.run(schedule: RetrySchedule(pauses: Array(repeating: .zero, count: 9))) { fixture in
      let id = try await fixture.addEndpoint(receiver.url)
      fixture.worker.start()
      try await fixture.hand([.sample(1)])
      try await fixture.attempts(5, of: id)
      isUp.open()
      try await fixture.database.write { try $0.execute("UPDATE webhooks SET version = version + 1") }
      fixture.worker.wake()
      try await eventually("it is delivered") { try await fixture.queue(of: id).map(\.state) == ["delivered"] }
    }
    await receiver.stop()
  }
}
