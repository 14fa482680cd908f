import Contracts
import Crypto
import HTTP
import ReceiptsHarness
import Store
import Synchronization
import TestSupport
import Testing

@testable import Receipts

/// Faults that other webhook senders had, one test each: those of the delivery loop.
@Suite struct DeliveryBugsTests {
  /// The requests of a delivery that fails once, and the secret it is signed with.
  private func twoTries(
    _ body: (_ first: HTTPRequest, _ second: HTTPRequest, _ secret: String) throws -> Void
  ) async throws {
    let receiver = try await WebhookReceiver { _, number in .text("", status: number == 1 ? 500 : 200) }
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      fixture.worker.start()
      try await fixture.record(.sample(1))
      let first = try await receiver.requests.next()
      _ = try await fixture.delivery("the first attempt is kept") { $0.attempts.count == 1 }
      fixture.advance(by: .seconds(5))
      try body(first, try await receiver.requests.next(), webhook.secret ?? "")
    }
    await receiver.stop()
  }

  @Test func `same timestamp kept on retries, so that the receiver rejects late tries as stale`() async throws {
    try await twoTries { first, second, secret in
      #expect(first.headers["webhook-timestamp"] == "1767225600")
      #expect(second.headers["webhook-timestamp"] == "1767225605")
      let key = try #require(Base64.decode(String(secret.dropFirst(6))))
      let id = try #require(second.headers["webhook-id"])
      let signed = Array("\(id).1767225605.".utf8) + second.body
      #expect(second.headers["webhook-signature"] == "v1," + Base64.encode(HMACSHA256.authenticate(signed, key: key)))
    }
  }

  @Test func `retries lack the new headers that the first try had`() async throws {
    try await twoTries { first, second, _ in
      let names = [first, second].map { Set($0.headers.map { $0.name.lowercased() }) }
      #expect(names[0] == names[1] && names[0].contains("webhook-signature"))
    }
  }

  @Test func `no stable id, and the body itself differs between tries`() async throws {
    try await twoTries { first, second, _ in
      #expect(first.body == second.body && first.headers["webhook-id"] == second.headers["webhook-id"])
      #expect(first.headers["webhook-id"] == "evt_00000000000000000000000001")
    }
  }

  @Test func `lease shorter than a batch's work: the same event twice`() async throws {
    let gate = Latch()
    let receiver = try await WebhookReceiver { _, _ in
      try? await gate.wait(within: .seconds(30))
      return .text("late")
    }
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      fixture.worker.start()
      try await fixture.record(.sample(1))
      _ = try await receiver.requests.next()
      // However much time seems to pass, what is in hand is nobody else's.
      for _ in 1...5 {
        fixture.advance(by: .seconds(3_600))
        let grant = DeliveryPlaces.Grant(webhook: webhook.id, shares: [.new: 9], replays: 9, additions: 0)
        let now = fixture.clock.now
        let taken = try await fixture.database.write { try TakenDeliveries.take(grant, perWebhook: 9, at: now, $0) }
        #expect(taken.rows.isEmpty)
      }
      gate.open()
      let delivery = try await fixture.delivery("it is delivered") { $0.state == .delivered }
      #expect(delivery.attempts.count == 1 && receiver.count == 1)
    }
    await receiver.stop()
  }

  @Test func `deliveries stuck in processing after a crash`() async throws {
    let gate = Latch()
    let receiver = try await WebhookReceiver { _, number in
      if number == 1 { try? await gate.wait(within: .seconds(30)) }
      return .text("ok")
    }
    let first = try ReceiptsFixture()
    try await first.addWebhook(receiver.url)
    first.worker.start()
    try await first.record(.sample(1))
    _ = try await receiver.requests.next()
    await first.close()
    gate.open()
    try await ReceiptsFixture.run(after: first) { fixture in
      let now = fixture.clock.now
      #expect(try await fixture.sql("SELECT count(*) FROM deliveries WHERE taken_at IS NOT NULL") == 1)
      _ = try await fixture.database.write { try DeliveryRow.releaseInterrupted(schedule: .standard, at: now, $0) }
      #expect(try await fixture.sql("SELECT count(*) FROM deliveries WHERE taken_at IS NOT NULL") == 0)
      fixture.worker.start()
      _ = try await fixture.delivery("it is delivered") { $0.state == .delivered }
    }
    await receiver.stop()
  }

  @Test func `auto-disable never fires`() async throws {
    let receiver = try await WebhookReceiver { _, _ in .text("", status: 500) }
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint(receiver.url) {
        $0.retrySchedule = Array(repeating: "12h", count: 12).joined(separator: ",")
      }
      try await fixture.hand([.sample(1)])
      fixture.worker.start()
      for number in 1...10 {
        try await fixture.attempts(number, of: id)
        #expect(try await fixture.webhook(id).pause == nil)
        fixture.advance(by: .seconds(12 * 3_600))
      }
      // The eleventh attempt is five days after the first.
      try await eventually("it is paused") { try await fixture.webhook(id).pause?.reason == .failing }
    }
    await receiver.stop()
  }

  @Test func `auto-disable fires on sporadic errors`() async throws {
    // Two of three attempts fail, for twelve days.
    let seen = Mutex<[String: Int]>([:])
    let receiver = try await WebhookReceiver { request, _ in
      let id = request.headers["webhook-id"] ?? ""
      let number = seen.withLock { seen in
        seen[id, default: 0] += 1
        return seen[id] ?? 0
      }
      return .text("", status: number >= 3 ? 200 : 500)
    }
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint(receiver.url) { $0.retrySchedule = "0s,12h,12h,12h" }
      fixture.worker.start()
      for round in 1...8 {
        try await fixture.hand([.sample(round)])
        var kept: Int64 = 0
        while try await fixture.queue(of: id).last?.state == "waiting" {
          let before = kept
          try await eventually("the next attempt is kept") {
            kept = try await fixture.sql("SELECT attempts FROM deliveries ORDER BY position DESC LIMIT 1")
            return kept > before
          }
          fixture.advance(by: .seconds(12 * 3_600))
        }
      }
      let webhook = try await fixture.webhook(id)
      #expect(webhook.pause == nil && webhook.failingSince == nil && webhook.told == 0)
      #expect(try await fixture.sql("SELECT count(*) FROM events WHERE type = 'endpoint.paused'") == 0)
    }
    await receiver.stop()
  }

  @Test func `DNS errors treated as permanent`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("http://no-such-name.invalid/")
      fixture.worker.start()
      try await fixture.record(.sample(1))
      let failed = try await fixture.delivery("the attempt is kept") { $0.attempts.count == 1 }
      #expect(failed.state == .waiting && failed.attempts.first?.errorClass == "resolve_failed")
      // The name has an address again.
      let url = receiver.url
      try await fixture.database.write {
        try $0.execute("UPDATE webhooks SET url = ? WHERE id = ?", url, webhook.id.text)
      }
      fixture.advance(by: .seconds(5))
      _ = try await fixture.delivery("it is delivered") { $0.state == .delivered }
    }
    await receiver.stop()
  }

  @Test func `first connection never made: delivery lost`() async throws {
    let receiver = try await WebhookReceiver()
    let gone = try await WebhookReceiver()
    let closed = gone.url
    await gone.stop()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(closed)
      fixture.worker.start()
      try await fixture.record(.sample(1))
      let failed = try await fixture.delivery("the attempt is kept") { $0.attempts.count == 1 }
      #expect(failed.state == .waiting && failed.attempts.first?.errorClass == "connect_failed")
      let url = receiver.url
      try await fixture.database.write {
        try $0.execute("UPDATE webhooks SET url = ? WHERE id = ?", url, webhook.id.text)
      }
      fixture.advance(by: .seconds(5))
      #expect(try await receiver.requests.next().headers["webhook-id"] == "evt_00000000000000000000000001")
    }
    await receiver.stop()
  }

  @Test func `two retry rules cancel each other`() async throws {
    let isUp = Latch()
    let receiver = try await WebhookReceiver { _, _ in .text("", status: isUp.isOpen ? 200 : 500) }
    // Every attempt is due at once: the schedule alone would be used up in a moment.
    let schedule = RetrySchedule(pauses: Array(repeating: .zero, count: 3))
    let other = try await WebhookReceiver()
    try await ReceiptsFixture.run(schedule: schedule) { fixture in
      let id = try await fixture.addEndpoint(receiver.url)
      try await fixture.addEndpoint(other.url, 2) { $0.eventTypes = [.messageReceived] }
      // What another webhook gets in between shows that there was a turn, and that it took nothing of this one.
      func turn(_ number: Int) async throws {
        try await fixture.hand([.sample(number, .messageReceived)])
        _ = try await other.requests.next()
      }
      fixture.worker.start()
      try await fixture.hand((1...20).map { .sample($0) })
      try await fixture.attempts(5, of: id)
      // The breaker is open: nothing is attempted, nothing is used up, whatever is due.
      for second in 1...29 {
        fixture.advance(by: .seconds(1))
        if second % 7 == 1 { try await turn(100 + second) }
      }
      #expect(receiver.count == 5)
      #expect(try await fixture.queue(of: id).map(\.attempts).reduce(0, +) == 5)
      fixture.advance(by: .seconds(1))
      try await fixture.attempts(6, of: id)
      // One attempt has shown that it still fails.
      fixture.advance(by: .seconds(59))
      try await turn(200)
      #expect(receiver.count == 6)
      isUp.open()
      fixture.advance(by: .seconds(1))
      try await eventually("the rest is delivered") {
        try await fixture.queue(of: id).allSatisfy { $0.state != "waiting" }
      }
      #expect(try await fixture.queue(of: id).count { $0.state == "delivered" } >= 18)
    }
    await receiver.stop()
    await other.stop()
  }

  @Test func `what falls due is attempted in its time, though nothing else happens`() async throws {
    let receiver = try await WebhookReceiver { _, number in .text("", status: number < 3 ? 500 : 200) }
    let schedule = RetrySchedule(pauses: [.zero, .milliseconds(300), .milliseconds(300)])
    try await ReceiptsFixture.run(schedule: schedule) { fixture in
      let id = try await fixture.addEndpoint(receiver.url)
      fixture.worker.start()
      try await fixture.hand([.sample(1)])
      for number in 1...2 {
        try await fixture.attempts(number, of: id)
        try await eventually("nothing is in hand") { fixture.worker.load.inFlight + fixture.worker.load.unsettled == 0 }
        // Nobody wakes it: its own timer does.
        fixture.clock.advance(by: .milliseconds(300))
      }
      try await eventually("it is delivered") { try await fixture.queue(of: id).map(\.state) == ["delivered"] }
      #expect(receiver.count == 3)
    }
    await receiver.stop()
  }

  @Test func `claim written without comparing the old value`() async throws {
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint("http://127.0.0.1:1/")
      try await fixture.hand((1...10).map { .sample($0) })
      let now = fixture.clock.now
      let webhook = try await fixture.webhook(id)
      // Two have read that the same six are free, and each believes it.
      let seen = try await fixture.database.read { try DeliveryRow.due(.new, of: webhook, limit: 6, at: now, $0) }
      let one = try await fixture.database.write { c in try seen.filter { try $0.take(at: now, c) } }
      let two = try await fixture.database.write { c in try seen.filter { try $0.take(at: now + 1, c) } }
      #expect(seen.count == 6 && one.map(\.id) == seen.map(\.id) && two.isEmpty)
      let rows = one

      // What was settled is not settled again by somebody who still believes to have it in hand.
      let row = try #require(rows.first)
      let attempt = DeliveryAttempt(
        id: AttemptID(trusted: "att_1"), at: Timestamp(milliseconds: now), durationMilliseconds: 1,
        dialledAddress: nil, httpStatus: 200, errorClass: nil, response: nil)
      let taken = DeliveryOutcome(row: row, attempt: attempt, verdict: .taken, next: .delivered, endedAt: now)
      let failed = DeliveryOutcome(row: row, attempt: attempt, verdict: .failed, next: .again(dueAt: now), endedAt: now)
      #expect(try await fixture.database.write { try taken.store($0) }?.state == .delivered)
      #expect(try await fixture.database.write { try failed.store($0) } == nil)
      let stored = try await fixture.queue(of: id).first { $0.state == "delivered" }
      #expect(stored?.attempts == 1)
    }
  }

  @Test func `one dead destination slows all`() async throws {
    let gate = Latch()
    let hanging = try await WebhookReceiver { _, _ in
      try? await gate.wait(within: .seconds(60))
      return .text("late")
    }
    let quick = try await WebhookReceiver()
    let dead = try await WebhookReceiver()
    let closed = dead.url
    await dead.stop()
    try await ReceiptsFixture.run(concurrency: 8, perWebhook: 8) { fixture in
      for number in 1...10 { try await fixture.addEndpoint(hanging.url, number, account: ReceiptsFixture.otherAccount) }
      for number in 11...20 { try await fixture.addEndpoint(closed, number, account: ReceiptsFixture.otherAccount) }
      let healthy = try await fixture.addEndpoint(quick.url, 21)
      try await fixture.database.write {
        try $0.execute("UPDATE webhooks SET last_success_at = 1 WHERE id = ?", healthy.text)
      }
      fixture.worker.start()
      try await fixture.hand((1...50).map { .sample($0, account: ReceiptsFixture.otherAccount) })
      _ = try await hanging.requests.next()
      try await fixture.hand((51...150).map { .sample($0) })
      for _ in 51...150 { _ = try await quick.requests.next() }
      // Those that never answered have half of the places, and hold them still.
      #expect(hanging.count <= 4)
      gate.open()
    }
    await hanging.stop()
    await quick.stop()
  }

  @Test func `retry queue lost, and messages in limbo after a restart`() async throws {
    let isUp = Latch()
    let receiver = try await WebhookReceiver { _, _ in .text("", status: isUp.isOpen ? 200 : 500) }
    let first = try ReceiptsFixture()
    let id = try await first.addEndpoint(receiver.url)
    first.worker.start()
    try await first.hand((1...4).map { .sample($0) })
    try await first.attempts(4, of: id)
    await first.close()
    isUp.open()
    try await ReceiptsFixture.run(after: first) { fixture in
      #expect(try await fixture.queue(of: id).allSatisfy { $0.state == "waiting" && $0.attempts == 1 })
      fixture.worker.start()
      fixture.advance(by: .seconds(5))
      try await eventually("all are delivered") {
        try await fixture.queue(of: id).allSatisfy { $0.state == "delivered" }
      }
    }
    await receiver.stop()
  }

  @Test func `a clock that is set back holds up nothing that is new`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint(receiver.url)
      try await fixture.hand([.sample(1)])
      fixture.clock.advance(by: .seconds(-3_600))
      fixture.worker.start()
      try await eventually("it is delivered") { try await fixture.queue(of: id).map(\.state) == ["delivered"] }
    }
    await receiver.stop()
  }

  /// Every state that is not an end has a way on that needs nobody: waiting by the worker, in hand by the start, behind
  /// by the one before it, held by the resumption of its webhook (`ResumeTests`).
  @Test(arguments: Delivery.State.allCases)
  func `a queue_failed state nobody reads`(state: Delivery.State) async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint(receiver.url) { $0.isOrdered = true }
      fixture.replays.start()
      if state == .held {
        let front = ReceiptsFixture.front()
        _ = try await fixture.webhooks.pause(.init(webhookID: id), front)
        try await fixture.hand([.sample(1), .sample(2)])
        #expect(try await fixture.queue(of: id).map(\.state) == ["held", "held"])
        _ = try await fixture.replaying.resume(.init(webhookID: id), front)
      } else {
        try await fixture.hand([.sample(1), .sample(2)])
        #expect(try await fixture.queue(of: id).map(\.state) == ["waiting", "behind"])
        // Those that ended did so in the worker's hand; nobody else helps.
        let now = fixture.clock.now
        let next: DeliveryNext? =
          switch state {
          case .delivered: .delivered
          case .exhausted: .exhausted
          case .cancelled, .waiting: .again(dueAt: now)
          case .behind, .held: nil
          }
        let row = next == nil ? nil : try await first(of: id, fixture)
        if state == .cancelled {
          try await fixture.database.write {
            try $0.execute("UPDATE deliveries SET state = 'cancelled' WHERE position = 1")
          }
        }
        if let next { try await settle(row, next, fixture) }
      }
      fixture.worker.start()
      fixture.worker.wake()
      try await eventually("nothing waits for ever") {
        try await fixture.queue(of: id).allSatisfy { ["delivered", "exhausted", "cancelled"].contains($0.state) }
      }
      let ended = try await fixture.queue(of: id).map(\.state)
      #expect(
        ended == [["exhausted", "cancelled"].contains(state.rawValue) ? state.rawValue : "delivered", "delivered"])
    }
    await receiver.stop()
  }

  /// The first due delivery, taken.
  private func first(of id: WebhookID, _ fixture: ReceiptsFixture) async throws -> DeliveryRow? {
    let grant = DeliveryPlaces.Grant(webhook: id, shares: [.new: 1], replays: 0, additions: 0)
    let now = fixture.clock.now
    return try await fixture.database.write { try TakenDeliveries.take(grant, perWebhook: 9, at: now, $0) }.rows.first
  }

  private func settle(_ row: DeliveryRow?, _ next: DeliveryNext, _ fixture: ReceiptsFixture) async throws {
    let row = try #require(row)
    let now = fixture.clock.now
    let attempt = DeliveryAttempt(
      id: AttemptID(trusted: "att_1"), at: Timestamp(milliseconds: now), durationMilliseconds: 1,
      dialledAddress: nil, httpStatus: 200, errorClass: nil, response: nil)
    let outcome = DeliveryOutcome(row: row, attempt: attempt, verdict: .unknown, next: next, endedAt: now)
    _ = try await fixture.database.write { try SettledDeliveries.store([outcome], at: now, $0) }
  }

  @Test func `memory grows: acked entries never trimmed`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      for number in 1...5 { try await fixture.addEndpoint(receiver.url, number) }
      fixture.worker.start()
      try await fixture.hand((1...100).map { .sample($0) })
      try await eventually("all are delivered") {
        try await fixture.sql("SELECT count(*) FROM deliveries WHERE state = 'delivered'") == 500
      }
      // Of five hundred deliveries nothing is kept but the pace of five endpoints.
      try await eventually("nothing is in hand") { fixture.worker.load == .init(endpoints: 5) }
    }
    await receiver.stop()
  }
}

extension HandedEvent {
  /// See `StatusEvent.sample`.
  static func sample(
    _ number: Int, sender: SenderID = ReceiptsFixture.sender, account: AccountID = ReceiptsFixture.account
  ) -> HandedEvent {
    HandedEvent(status: .sample(number, sender: sender, account: account))
  }
}
