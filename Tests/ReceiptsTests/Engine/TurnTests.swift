import Contracts
import HTTP
import JSON
import ReceiptsHarness
import Store
import Telemetry
import TestSupport
import Testing
import Wire
import Workers

@testable import Receipts

/// Turns of the delivery loop in which something is not as it should be.
@Suite struct TurnTests {
  @Test func `a clock that is set back leaves nobody resting for longer`() async throws {
    let receiver = try await WebhookReceiver { _, number in
      number == 1 ? HTTPResponse(status: 429, headers: ["Retry-After": "20"]) : .text("ok")
    }
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint(receiver.url)
      fixture.worker.start()
      try await fixture.hand([.sample(1)])
      try await fixture.attempts(1, of: id)
      try await fixture.hand([.sample(2)])
      try await eventually("it rests") { fixture.worker.load.inFlight == 0 && fixture.worker.load.unsettled == 0 }
      fixture.advance(by: .seconds(-3_600))
      try await eventually("the next one is delivered") {
        fixture.advance(by: .seconds(1))
        return receiver.count >= 2
      }
      #expect(fixture.clock.now < TestClock().now)
    }
    await receiver.stop()
  }

  @Test func `a webhook that cannot be read keeps nobody else from theirs`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let bad = try await fixture.addEndpoint(receiver.url, 1)
      try await fixture.addEndpoint(receiver.url, 2)
      try await fixture.hand([.sample(1)])
      try await fixture.database.write { try $0.execute("UPDATE webhooks SET is_ordered = 2 WHERE id = ?", bad.text) }
      fixture.worker.start()
      _ = try await receiver.requests.next()
      try await eventually("it is logged") { fixture.lines.ofEvent("deliveries.unreadable").count == 1 }
      // Repaired, it goes on.
      try await fixture.database.write { try $0.execute("UPDATE webhooks SET is_ordered = 0 WHERE id = ?", bad.text) }
      fixture.advance(by: .seconds(30))
      _ = try await receiver.requests.next()
    }
    await receiver.stop()
  }

  @Test func `an event type that this version does not know stops no hand-over`() async throws {
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint("http://127.0.0.1:1/")
      try await fixture.database.write {
        try $0.execute(#"UPDATE webhooks SET event_types = '["message.status","parcel.lost"]'"#)
      }
      #expect(try await fixture.hand([.sample(1)]) == [.stored])
      #expect(try await fixture.webhook(id).eventTypes == [.messageStatus])
      #expect(try await fixture.queue(of: id).count == 1)
    }
  }

  @Test func `what is due and cannot be taken makes no turn after the other`() {
    #expect(DeliveryWorker.next(5, at: 10) == .at(10 + DeliveryWorker.walkInterval))
    #expect(DeliveryWorker.next(nil, at: 10) == .at(10 + DeliveryWorker.walkInterval))
    #expect(DeliveryWorker.next(11, at: 10) == .at(11))
    // However long nothing is due, the store is walked.
    #expect(DeliveryWorker.next(86_400_000, at: 10) == .at(10 + DeliveryWorker.walkInterval))
  }

  @Test func `what was in hand when the process ended follows its webhook's schedule`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addEndpoint("http://127.0.0.1:1/") { $0.retrySchedule = "0s,77s" }
      try await fixture.hand([.sample(1)])
      let now = fixture.clock.now
      for _ in 0...DeliveryRow.freeInterruptions {
        try await fixture.database.write { try $0.execute("UPDATE deliveries SET taken_at = 1") }
        _ = try await fixture.database.write { try DeliveryRow.releaseInterrupted(schedule: .standard, at: now, $0) }
      }
      #expect(try await fixture.sql("SELECT due_at FROM deliveries") == now + 77_000)
    }
  }

  @Test func `a false alarm of something new holds up no replay that waits for its place`() async throws {
    let gate = Latch()
    let receiver = try await WebhookReceiver { request, number in
      if number == 4 { try? await gate.wait(within: .seconds(30)) }
      return .text("ok")
    }
    let other = try await WebhookReceiver()
    try await ReceiptsFixture.run(concurrency: 4, perWebhook: 4) { fixture in
      let id = try await fixture.addEndpoint(receiver.url, 1) { $0.eventTypes = [.messageStatus] }
      try await fixture.addEndpoint(other.url, 2) { $0.eventTypes = [.messageReceived] }
      fixture.worker.start()
      // Three successes: there is room for more than the one place that all replays have.
      for number in 1...3 {
        try await fixture.hand([.sample(number)])
        try await fixture.attempts(number, of: id)
      }
      let now = fixture.clock.now
      try await fixture.database.write {
        try $0.execute("UPDATE deliveries SET state = 'waiting', is_replay = 1, attempts = 0, due_at = ?", now)
      }
      fixture.worker.wake()
      try await eventually("one is under way") { receiver.count >= 4 && fixture.worker.load.inFlight == 1 }
      fixture.worker.wake([id: true])
      try await fixture.hand([.sample(9, .messageReceived)])
      _ = try await other.requests.next()
      gate.open()
      try await eventually("all are delivered") {
        try await fixture.queue(of: id).allSatisfy { $0.state == "delivered" }
      }
      #expect(fixture.clock.now == now)
    }
    await receiver.stop()
    await other.stop()
  }

  @Test func `what is about an erased person is not delivered, even before the sweep comes to it`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint(receiver.url) { $0.isOrdered = true }
      try await fixture.hand([.sample(1), .sample(2)])
      let order = HandedEvent.Erasure(
        id: EventID(trusted: "evt_00000000000000000000000099"), accountID: ReceiptsFixture.account,
        conversationIDs: [ConversationID(trusted: "cnv_00000000000000000000000001")])
      // The sweep does not run.
      #expect(try await fixture.hand([HandedEvent(erasure: order)]) == [.stored])
      fixture.worker.start()
      try await eventually("they are called off") {
        try await fixture.queue(of: id).map(\.state) == ["cancelled", "cancelled"]
      }
      #expect(receiver.count == 0)
    }
    await receiver.stop()
  }

  @Test func `whoever follows events hears of an endpoint at once`() async throws {
    let receiver = try await WebhookReceiver { _, _ in .text("", status: 410) }
    try await ReceiptsFixture.run { fixture in
      try await fixture.addEndpoint(receiver.url)
      try await fixture.hand([.sample(1)])
      let call = ReceiptsAPI.FollowEvents(types: "endpoint.paused", waitMs: 20_000)
      async let waiting = fixture.stream.read(call, ReceiptsFixture.front())
      try await eventually("somebody waits") { fixture.notifier.waiterCount == 1 }
      fixture.worker.start()
      #expect(try await waiting.data.map(\.type) == [.endpointPaused])
    }
    await receiver.stop()
  }
}
