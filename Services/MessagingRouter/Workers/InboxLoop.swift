import GraphAPI
import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// One lane of the inbox: stores its part of each body in order, whatever becomes of the other lane.
final class InboxLoop: Sendable {
  private static let batch = 256
  private static let batchBytes = 4 << 20
  /// Updates in one write: some ten milliseconds of the writer.
  private static let portion = 128

  /// Tries of an update that takes too long for the store.
  private static let triesOfSlow = 3

  private struct SlowUpdate: Hashable, Sendable {
    var body: Int64
    var index: Int
  }

  private let lane: InboxLane
  private let parts: InboxParts
  private let keywords: OptOutKeywords
  private let database: Database
  private let clock: WallClock
  private let log: Log
  private let onInbound: @Sendable ([String: Int]) -> Void
  private let onOutcomes: @Sendable ([UpdateOutcome]) -> Void
  /// Updates that took too long, and how often.
  private let slow = Mutex<[SlowUpdate: Int]>([:])
  /// Up at the start: a predecessor may have died between the replica's change and the revival.
  private let mustRevive = Mutex(true)
  private let work: WorkLoop

  init(
    _ lane: InboxLane, parts: InboxParts, keywords: OptOutKeywords, database: Database, loop: EventLoop,
    clock: WallClock, log: Log, onInbound: @escaping @Sendable ([String: Int]) -> Void,
    onOutcomes: @escaping @Sendable ([UpdateOutcome]) -> Void
  ) {
    self.lane = lane
    self.parts = parts
    self.keywords = keywords
    self.database = database
    self.clock = clock
    self.log = log
    self.onInbound = onInbound
    self.onOutcomes = onOutcomes
    let box = TurnBox()
    work = WorkLoop("inbox \(lane)", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop() }

  /// Bodies about numbers that were unknown may be known now.
  func replicaChanged() {
    mustRevive.withLock { $0 = true }
    wake()
  }

  private func turn() async throws -> WorkLoop.Next {
    try await revive()
    let after = parts.position(of: lane)
    let known = parts.known(lane)
    let rows = try await database.read { [lane] connection in
      try InboxRow.waiting(
        lane: lane, after: after, limit: Self.batch, bytes: Self.batchBytes, without: known, connection)
    }
    if rows.isEmpty { return .idle }
    // Bodies are stored in portions: a batch of thousands must not hold up the commit of the next webhook.
    var portion: [InboxPart] = []
    var updates = 0
    for row in rows {
      for part in part(of: row).parts(of: Self.portion) {
        portion.append(part)
        updates += part.items.count
        guard updates >= Self.portion else { continue }
        try await store(portion)
        portion = []
        updates = 0
      }
    }
    try await store(portion)
    return .again
  }

  /// This lane's part of a body; the other one's is kept for it.
  private func part(of row: InboxRow) -> InboxPart {
    if let kept = parts.take(row.id, lane) { return kept }
    // What was kept is gone when the other lane has ended the body: there was nothing in it for this one.
    guard let body = row.body else { return InboxPart(id: row.id, lane: lane) }
    var parsed = InboxPart.parse(body, id: row.id, keywords: keywords)
    if let others = parsed.removeValue(forKey: lane.other) { parts.put(others, bytes: body.count) }
    return parsed[lane] ?? InboxPart(id: row.id, lane: lane)
  }

  /// Stores a portion. One that takes too long is stored update by update, so that the slow one is found.
  private func store(_ portion: [InboxPart]) async throws {
    if portion.isEmpty { return }
    do {
      try await storeAtOnce(portion)
    } catch let failure as StoreFailure where failure.code == .timedOut {
      log.error("inbox.portion_timed_out", ["bodies": .int(portion.count), "lane": .string("\(lane)")])
      for part in portion { for single in part.parts(of: 1) { try await storeAlone(single) } }
    }
  }

  /// Stores one update. After a few tries that took too long it is set aside: the others must not wait for ever.
  private func storeAlone(_ single: InboxPart) async throws {
    let place = SlowUpdate(body: single.id, index: single.items.first?.index ?? -1)
    do {
      try await storeAtOnce([single])
    } catch let failure as StoreFailure where failure.code == .timedOut {
      let tries = slow.withLock { slow in
        // Bounded by what one turn can find; whatever is forgotten is tried anew.
        if slow.count >= Self.batch { slow.removeAll() }
        slow[place, default: 0] += 1
        return slow[place] ?? 0
      }
      guard tries >= Self.triesOfSlow else { throw failure }
      slow.withLock { $0[place] = nil }
      let now = clock.now
      let outcomes = try await database.write(.background) { try single.setAside(failure, at: now, $0) }
      if single.isLast { parts.finished(single) }
      onOutcomes(outcomes)
      if single.isLast { parts.move(lane, to: single.id) }
    }
  }

  private func storeAtOnce(_ portion: [InboxPart]) async throws {
    let now = clock.now
    let busy = portion.filter { !$0.isEmpty }
    if !busy.isEmpty {
      // Webhooks that wait for their 200 go first; a burst is worked off behind them.
      let numbers = Self.numbers(of: busy)
      let outcomes = try await database.write(.background) { connection in
        var senders = SenderLookup()
        let outcomes = try busy.flatMap { try $0.store(with: &senders, at: now, connection) }
        for number in numbers.keys { try WebhookTime.note(phoneNumberID: number, at: now, connection) }
        return outcomes
      }
      let inbound = numbers.filter { $0.value > 0 }
      if !inbound.isEmpty { onInbound(inbound) }
      for part in busy where part.isLast { parts.finished(part) }
      onOutcomes(outcomes)
    }
    if let passed = portion.last(where: \.isLast) { parts.move(lane, to: passed.id) }
  }

  /// Meta's ids of the numbers that are heard of, and how many messages each of them received.
  private static func numbers(of parts: [InboxPart]) -> [String: Int] {
    var numbers: [String: Int] = [:]
    for part in parts {
      for item in part.items {
        switch item.update {
        case .message(let message): numbers[message.phoneNumberID, default: 0] += 1
        case .status(let status): numbers[status.phoneNumberID, default: 0] += 0
        case .echo, .history, .call, .preference, .addressBook, .other, .poison: break
        }
      }
    }
    return numbers
  }

  private func revive() async throws {
    guard mustRevive.withLock({ $0 }) else { return }
    // Lowered first: a change that comes meanwhile raises it again.
    mustRevive.withLock { $0 = false }
    do {
      let revived = try await database.write { [lane] in try InboxRow.reviveKnown(lane: lane, $0) }
      if revived == 0 { return }
      if revived == InboxRow.revivedAtOnce { mustRevive.withLock { $0 = true } }
      log.info("inbox.revived", ["bodies": .int(revived), "lane": .string("\(lane)")])
      // They are older than what this lane is at.
      parts.move(lane, to: 0)
    } catch {
      mustRevive.withLock { $0 = true }
      throw error
    }
  }
}
