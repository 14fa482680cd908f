import Contracts
import HTTP
import ReceiptsHarness
import Store
import Synchronization
import TestSupport
import Testing

@testable import Receipts

@Suite struct OrderedDeliveryTests {
  private static let key = "cnv_00000000000000000000000001"

  /// Takes what is due of a webhook, as a turn does.
  private func take(_ id: WebhookID, _ fixture: ReceiptsFixture, limit: Int = 50) async throws -> [DeliveryRow] {
    let now = fixture.clock.now
    let grant = DeliveryPlaces.Grant(webhook: id, shares: [.new: limit], replays: limit, additions: 0)
    return try await fixture.database.write { try TakenDeliveries.take(grant, perWebhook: 9, at: now, $0).rows }
  }

  private func settle(_ row: DeliveryRow, _ next: DeliveryNext, _ fixture: ReceiptsFixture) async throws {
    let now = fixture.clock.now
    let attempt = DeliveryAttempt(
      id: AttemptID(trusted: "att_\(row.attempts)_\(Int.random(in: 0..<1_000_000_000))"),
      at: Timestamp(milliseconds: now), durationMilliseconds: 1, dialledAddress: nil, httpStatus: 200, errorClass: nil,
      response: nil)
    let outcome = DeliveryOutcome(
      row: row, attempt: attempt, verdict: next == .delivered ? .taken : .unknown, next: next, endedAt: now)
    _ = try await fixture.database.write { try SettledDeliveries.store([outcome], at: now, $0) }
  }

  private func states(_ id: WebhookID, _ fixture: ReceiptsFixture) async throws -> [String] {
    try await fixture.queue(of: id).map(\.state)
  }

  @Test func `events of one contact are delivered one after the other, those of others beside them`() async throws {
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint("http://127.0.0.1:1/") { $0.isOrdered = true }
      let other = StatusEvent.of(contact: 2, number: 4)
      try await fixture.hand((1...3).map { .sample($0) } + [HandedEvent(status: other)])
      #expect(try await states(id, fixture) == ["waiting", "behind", "behind", "waiting"])
      let first = try await take(id, fixture)
      #expect(first.count == 2)
      #expect(try await take(id, fixture).isEmpty)
      try await settle(first[0], .delivered, fixture)
      #expect(try await states(id, fixture) == ["delivered", "waiting", "behind", "waiting"])
    }
  }

  @Test(arguments: [DeliveryNext.delivered, .exhausted])
  func `every end gives the turn to the next`(next: DeliveryNext) async throws {
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint("http://127.0.0.1:1/") { $0.isOrdered = true }
      try await fixture.hand((1...2).map { .sample($0) })
      let row = try #require(try await take(id, fixture).first)
      try await settle(row, next, fixture)
      #expect(try await states(id, fixture) == [next == .delivered ? "delivered" : "exhausted", "waiting"])
    }
  }

  @Test func `one that fails holds up those behind it`() async throws {
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint("http://127.0.0.1:1/") { $0.isOrdered = true }
      try await fixture.hand((1...2).map { .sample($0) })
      let row = try #require(try await take(id, fixture).first)
      try await settle(row, .again(dueAt: fixture.clock.now + 5_000), fixture)
      #expect(try await states(id, fixture) == ["waiting", "behind"])
      #expect(try await take(id, fixture).isEmpty)
      fixture.clock.advance(by: .seconds(5))
      #expect(try await take(id, fixture).map(\.attempts) == [1])
    }
  }

  @Test func `a person who is erased gives the turn away, unless it is in hand`() async throws {
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint("http://127.0.0.1:1/") { $0.isOrdered = true }
      try await fixture.hand((1...2).map { .sample($0) })
      let row = try #require(try await take(id, fixture).first)
      let order = HandedEvent.Erasure(
        id: EventID(trusted: "evt_00000000000000000000000009"), accountID: ReceiptsFixture.account,
        conversationIDs: [ConversationID(trusted: Self.key)])
      try await fixture.hand([HandedEvent(erasure: order)])
      _ = try await fixture.database.write { try ErasureRow.first($0)?.step($0) }
      #expect(try await states(id, fixture) == ["cancelled", "cancelled"])
      try await settle(row, .delivered, fixture)
      #expect(try await states(id, fixture) == ["cancelled", "cancelled"])
      #expect(try await fixture.sql("SELECT count(*) FROM deliveries WHERE taken_at IS NOT NULL") == 0)
    }
  }

  @Test func `what is pruned holds nobody up`() async throws {
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint("http://127.0.0.1:1/") { $0.isOrdered = true }
      try await fixture.hand((1...2).map { .sample($0) })
      try await fixture.database.write {
        try $0.execute("UPDATE deliveries SET state = 'held' WHERE position = 1")
        try $0.execute("UPDATE events SET received_at = 1 WHERE position = 1")
      }
      let now = fixture.clock.now
      let pruned = try await fixture.database.write {
        try PrunedEvents.delete(before: now - 1_000, now: now, limit: 1, $0)
      }
      #expect(pruned.deleted == 1)
      #expect(try await states(id, fixture) == ["waiting"])
    }
  }

  @Test func `a replayed earlier event goes before a later one that is in nobody's hand`() async throws {
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint("http://127.0.0.1:1/") { $0.isOrdered = true }
      try await fixture.hand((1...3).map { .sample($0) })
      let first = try #require(try await take(id, fixture).first)
      try await settle(first, .delivered, fixture)
      let webhook = try await fixture.webhook(id)
      let state = try await fixture.database.write {
        try DeliveryRow.openState(for: webhook, key: Self.key, position: 1, $0)
      }
      #expect(state == .waiting)
      #expect(try await states(id, fixture) == ["delivered", "behind", "behind"])
      try await fixture.database.write {
        try $0.execute("UPDATE deliveries SET state = 'waiting', is_replay = 1, attempts = 0 WHERE position = 1")
      }
      let replayed = try #require(try await take(id, fixture).first)
      #expect(replayed.isReplay)
      try await settle(replayed, .delivered, fixture)
      #expect(try await states(id, fixture) == ["delivered", "waiting", "behind"])

      // In hand: the earlier one waits for its end, and goes before its next attempt.
      let second = try #require(try await take(id, fixture).first)
      let behind = try await fixture.database.write {
        try DeliveryRow.openState(for: webhook, key: Self.key, position: 1, $0)
      }
      #expect(behind == .behind)
      try await fixture.database.write {
        try $0.execute("UPDATE deliveries SET state = 'behind', is_replay = 1, attempts = 0 WHERE position = 1")
      }
      try await settle(second, .again(dueAt: fixture.clock.now), fixture)
      #expect(try await states(id, fixture) == ["waiting", "behind", "behind"])
    }
  }

  /// Random outcomes, ends of the process, pauses, resumptions in the middle of the gap of an earlier one, and new
  /// events, of several contacts: what succeeds of a contact succeeds in the order of its events, and everything ends;
  /// the latter too where ordered mode comes and goes.
  @Test(arguments: [(UInt64(1), false), (2, false), (3, false), (4, false), (5, true), (6, true), (7, true)])
  func `whatever happens, the successes of a contact are in the order of its events`(
    seed: UInt64, isToggled: Bool
  ) async throws {
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint("http://127.0.0.1:1/") { $0.isOrdered = true }
      var random = SeededGenerator(seed: seed)
      var number = 0
      var inHand: [DeliveryRow] = []
      var succeeded: [String: [String]] = [:]
      for step in 0..<400 {
        let isOver = step >= 300
        if isToggled, step % 23 == 0 {
          try await fixture.database.write { try $0.execute("UPDATE webhooks SET is_ordered = 1 - is_ordered") }
        }
        // The gap's worker comes now and then.
        if Int.random(in: 0...3, using: &random) == 0 { try await stepGap(of: id, fixture) }
        switch isOver ? Int.random(in: 4...9, using: &random) : Int.random(in: 0...9, using: &random) {
        case 0, 1, 2:
          number += 1
          let event = StatusEvent.of(contact: Int.random(in: 1...3, using: &random), number: number)
          try await fixture.hand([HandedEvent(status: event)])
        case 3:
          let isPaused = try await fixture.webhook(id).pause != nil
          try await setPaused(!isPaused, id, fixture)
        case 4, 5, 6: inHand += try await take(id, fixture, limit: Int.random(in: 1...3, using: &random))
        case 7, 8:
          guard !inHand.isEmpty else { continue }
          let row = inHand.remove(at: Int.random(in: 0..<inHand.count, using: &random))
          let next: DeliveryNext =
            switch Int.random(in: 0...3, using: &random) {
            case 0: .again(dueAt: fixture.clock.now)
            case 1: .exhausted
            default: .delivered
            }
          try await settle(row, next, fixture)
          if next == .delivered { succeeded[row.orderKey ?? "", default: []].append(row.event.id.text) }
        default:
          // The process ends: what is in hand is made again.
          let now = fixture.clock.now
          try await fixture.database.write {
            _ = try DeliveryRow.releaseInterrupted(schedule: .standard, at: now, $0)
            // So that interruptions do not use up schedules.
            try $0.execute("DELETE FROM attempts WHERE error_class = 'interrupted'")
          }
          inHand = []
        }
        let keys = try await fixture.database.read {
          try $0.all(
            """
            SELECT order_key FROM deliveries WHERE state = 'waiting' AND order_key IS NOT NULL
            GROUP BY order_key HAVING count(*) > 1
            """
          ) { try $0.text(0) }
        }
        #expect(keys.isEmpty, "step \(step), seed \(seed)")
      }
      try await setPaused(false, id, fixture)
      for row in inHand { try await settle(row, .delivered, fixture) }
      for row in inHand { succeeded[row.orderKey ?? "", default: []].append(row.event.id.text) }
      while true {
        while try await stepGap(of: id, fixture) {}
        let rows = try await take(id, fixture)
        if rows.isEmpty { break }
        for row in rows {
          try await settle(row, .delivered, fixture)
          succeeded[row.orderKey ?? "", default: []].append(row.event.id.text)
        }
      }
      for ids in succeeded.values {
        #expect(Set(ids).count == ids.count, "seed \(seed)")
        if !isToggled { #expect(ids == ids.sorted(), "seed \(seed)") }
      }
      let open = "SELECT count(*) FROM deliveries WHERE state IN ('waiting', 'behind', 'held')"
      #expect(try await fixture.sql(open) == 0, "seed \(seed)")
      #expect(succeeded.values.joined().count > 20)
    }
  }

  /// Pauses, or resumes with all that was missed.
  private func setPaused(_ isPaused: Bool, _ id: WebhookID, _ fixture: ReceiptsFixture) async throws {
    if isPaused { return try await fixture.pause(id, reason: .byHand) }
    _ = try await fixture.replaying.resume(.init(webhookID: id), ReceiptsFixture.front())
  }

  /// One step of the gap that is being closed; true when there is more to do.
  @discardableResult
  private func stepGap(of id: WebhookID, _ fixture: ReceiptsFixture) async throws -> Bool {
    guard let gap = try await fixture.database.read({ try ReplayRow.running(.gap, of: id, $0) }) else { return false }
    if case .again = try await fixture.step(gap.id) { return true }
    return false
  }

  @Test func `over real HTTP a contact's events arrive in order, failures or not`() async throws {
    let seen = Mutex<[String: [String]]>([:])
    let receiver = try await WebhookReceiver { request, number in
      if number % 3 == 0 { return .text("", status: 400) }
      seen.withLock { seen in
        let body = String(decoding: request.body, as: UTF8.self)
        let contact = body.contains("cnv_00000000000000000000000001") ? "1" : "2"
        seen[contact, default: []].append(request.headers["webhook-id"] ?? "")
      }
      return .text("ok")
    }
    let schedule = RetrySchedule(pauses: Array(repeating: .zero, count: 20))
    try await ReceiptsFixture.run(schedule: schedule) { fixture in
      try await fixture.addEndpoint(receiver.url) { $0.isOrdered = true }
      fixture.worker.start()
      try await fixture.hand((1...60).map { HandedEvent(status: .of(contact: $0 % 2 + 1, number: $0)) })
      try await eventually("all are delivered") {
        try await fixture.sql("SELECT count(*) FROM deliveries WHERE state = 'delivered'") == 60
      }
      for ids in seen.withLock({ Array($0.values) }) { #expect(ids.count == 30 && ids == ids.sorted()) }
    }
    await receiver.stop()
  }
}

/// The same numbers for the same seed (SplitMix64).
private struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension StatusEvent {
  /// An event of one of several contacts.
  static func of(contact: Int, number: Int) -> StatusEvent {
    var event = StatusEvent.sample(number)
    event.conversationID = ConversationID(trusted: "cnv_0000000000000000000000000\(contact)")
    return event
  }
}
