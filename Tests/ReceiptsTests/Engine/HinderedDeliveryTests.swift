import Contracts
import HTTP
import JSON
import ReceiptsHarness
import Store
import TestSupport
import Testing
import Workers

@testable import Receipts

/// Failures of ours: they are nobody else's, and use up nothing.
@Suite struct HinderedDeliveryTests {
  @Test func `a secret that cannot be opened uses up no step, and its owner is told`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run(schedule: RetrySchedule(pauses: [.zero])) { fixture in
      let id = try await fixture.addEndpoint(receiver.url)
      let secret = try await fixture.webhook(id).sealedSecret
      try await fixture.database.write { try $0.execute("UPDATE webhooks SET secret = 'v1.k1.AAAA'") }
      fixture.worker.start()
      try await fixture.hand([.sample(1)])
      for number in 1...8 {
        if number > 1 { fixture.advance(by: .seconds(900)) }
        try await fixture.attempts(number, of: id)
      }
      #expect(try await fixture.queue(of: id).map(\.state) == ["waiting"])
      #expect(try await fixture.queue(of: id).map(\.attempts) == [0])
      #expect(try await fixture.sql("SELECT count(*) FROM events WHERE type = 'endpoint.failing'") == 1)
      #expect(receiver.count == 0)
      try await fixture.database.write { try $0.execute("UPDATE webhooks SET secret = ?", secret) }
      fixture.advance(by: .seconds(900))
      try await eventually("it is delivered") { try await fixture.queue(of: id).map(\.state) == ["delivered"] }
    }
    await receiver.stop()
  }

  @Test func `being overloaded is a reason of ours, in every form`() {
    for text in ["overloaded", "secret_unreadable", "headers_unreadable", "event_unreadable"] {
      #expect(PostResult(errorClass: text).hindrance != nil)
    }
    #expect(PostResult(errorClass: "overloaded").verdict(at: 0) == .hindered(.overload))
    #expect(PostResult(errorClass: "event_unreadable").verdict(at: 0) == .unknown)
    #expect(PostResult(errorClass: "timeout").hindrance == nil)
    var out = PostResult(errorClass: "resolve_failed")
    #expect(out.verdict(at: 0) == .silent)
    out.isOutage = true
    #expect(out.verdict(at: 0) == .hindered(.outage))
  }

  @Test func `the pause grows to a quarter of an hour, and after five hundred times the schedule goes on`() async throws
  {
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint("http://127.0.0.1:1/")
      try await fixture.hand([.sample(1)])
      let delivery = DeliveryID(
        trusted: try await fixture.database.read { try $0.first("SELECT id FROM deliveries") { try $0.text(0) } } ?? "")
      let now = fixture.clock.now
      func settle(after earlier: Int) async throws -> DeliveryRow.Settled? {
        try await fixture.database.write { connection in
          try connection.execute("DELETE FROM attempts")
          try connection.execute("UPDATE deliveries SET taken_at = 1, due_at = 0")
          for number in 0..<earlier {
            let attempt = DeliveryAttempt(
              id: AttemptID(trusted: "att_\(number)"), at: Timestamp(milliseconds: now), durationMilliseconds: 0,
              dialledAddress: nil, httpStatus: nil, errorClass: "overloaded", response: nil)
            try attempt.insert(delivery: delivery, webhook: id, connection)
          }
          return try DeliveryRow.settle(delivery, .hindered(.overload, at: now, orElse: .exhausted), connection)
        }
      }
      #expect(try await settle(after: 0) == .init(state: .waiting, dueAt: now + 5_000, attempts: 0))
      #expect(try await settle(after: 3) == .init(state: .waiting, dueAt: now + 40_000, attempts: 0))
      #expect(try await settle(after: 499) == .init(state: .waiting, dueAt: now + 900_000, attempts: 0))
      #expect(try await settle(after: 500)?.state == .exhausted)
    }
  }

  @Test func `ten minutes without DNS are booked against nobody, and deliveries go on at once`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      for number in 1...5 {
        try await fixture.addEndpoint("http://no-such-name-\(number).invalid/", number) {
          $0.eventTypes = [.messageStatus]
        }
      }
      fixture.worker.start()
      try await fixture.hand((1...10).map { .sample($0) })
      try await eventually("each was tried") {
        try await fixture.sql("SELECT count(DISTINCT webhook_id) FROM attempts") == 5
      }
      for _ in 1...10 {
        let before = try await fixture.sql("SELECT count(*) FROM attempts")
        fixture.advance(by: .seconds(60))
        try await eventually("somebody was tried") { try await fixture.sql("SELECT count(*) FROM attempts") > before }
      }
      // What was tried before four hosts had failed counts.
      #expect(try await fixture.sql("SELECT sum(attempts) FROM deliveries") <= 6)
      #expect(try await fixture.sql("SELECT count(*) FROM events WHERE type <> 'message.status'") == 0)
      let url = receiver.url
      try await fixture.database.write { try $0.execute("UPDATE webhooks SET url = ?", url) }
      // The pause that all have in common is a minute at most.
      fixture.advance(by: .seconds(60))
      for _ in 1...5 { _ = try await receiver.requests.next() }
    }
    await receiver.stop()
  }
}
