import HTTP
import Contracts
import Store
import ReceiptsHarness
import TestSupport
import Telemetry
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
      let released = try await fixture.database.write {
        try DeliveryRow.releaseInterrupted(schedule: .standard, at: fixture.clock.clock.now, $0)
      }
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

  @Test func `a delivery that is in hand at every end of the process uses up its schedule`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(receiver.url)
      try await fixture.record(.sample(1))
      let now = fixture.clock.clock.now
      var ends: [[Int64]] = []
      for _ in 0..<14 {
        ends.append(
          try await fixture.database.write { connection in
            try connection.execute("UPDATE deliveries SET taken_at = ? WHERE state = 'waiting'", now)
            _ = try DeliveryRow.releaseInterrupted(schedule: .standard, at: now, connection)
            return try connection.all("SELECT attempts, due_at > ?, state = 'exhausted' FROM deliveries", now) {
              [try $0.int64(0), try $0.int64(1), try $0.int64(2)]
            }[0]
          })
      }
      // Twice at once and for nothing, then later and later, then never again.
      #expect(ends[0] == [0, 0, 0] && ends[1] == [0, 0, 0])
      #expect(ends[2] == [1, 1, 0])
      #expect(ends[11][2] == 1 && ends[13] == ends[11])
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
      #expect(
        try await fixture.database.write {
          try DeliveryRow.releaseInterrupted(schedule: .standard, at: fixture.clock.clock.now, $0)
        } == 0)
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
