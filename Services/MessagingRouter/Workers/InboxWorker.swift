import Contracts
import Crypto
import GraphAPI
import JSON
import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Turns stored webhook bodies into messages and statuses. One bad update never costs the others.
final class InboxWorker: Sendable {
  private static let batch = 64
  private static let batchBytes = 4 << 20
  /// Updates in one write: some ten milliseconds of the writer.
  private static let portion = 128

  private let database: Database
  private let clock: WallClock
  private let log: Log
  private let counters: [UpdateOutcome: Counter]
  private let onInbound: @Sendable ([String: Int]) -> Void
  private let onStored: @Sendable () -> Void
  /// Up at the start: a predecessor may have died between the replica's change and the revival.
  private let mustRevive = Mutex(true)
  private let work: WorkLoop

  /// `onInbound` is told how many messages each number, by Meta's id, has received; `onStored` is called after a commit
  /// that may have left work for the other loops.
  init(
    database: Database, loop: EventLoop, clock: WallClock, log: Log, metrics: Metrics,
    onInbound: @escaping @Sendable ([String: Int]) -> Void = { _ in }, onStored: @escaping @Sendable () -> Void
  ) {
    self.database = database
    self.clock = clock
    self.log = log
    self.onInbound = onInbound
    self.onStored = onStored
    counters = Dictionary(
      uniqueKeysWithValues: UpdateOutcome.allCases.map { outcome in
        (
          outcome,
          metrics.counter(
            "wss_router_updates_total", "Updates of Meta's webhooks by outcome.", labels: ["outcome": outcome.rawValue])
        )
      })
    let box = TurnBox()
    work = WorkLoop("inbox", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop() }

  /// The replica changed: bodies about numbers that were unknown may be known now.
  func replicaChanged() {
    mustRevive.withLock { $0 = true }
    wake()
  }

  private func turn() async throws -> WorkLoop.Next {
    try await revive()
    let rows = try await database.read { try InboxRow.waiting(limit: Self.batch, bytes: Self.batchBytes, $0) }
    if rows.isEmpty { return .idle }
    // Bodies are stored in portions: a batch of thousands must not hold up the commit of the next webhook.
    var portion: [ParsedBody] = []
    for row in rows {
      var body = ParsedBody(id: row.id, updates: Self.parse(row.body))
      if body.updates.contains(where: \.needsHash) { body.hash = SHA256.hash(row.body) }
      for part in body.parts(of: Self.portion) {
        portion.append(part)
        if portion.reduce(0, { $0 + $1.updates.count }) >= Self.portion {
          try await store(portion)
          portion = []
        }
      }
    }
    try await store(portion)
    return .again
  }

  private func revive() async throws {
    guard mustRevive.withLock({ $0 }) else { return }
    // Lowered first: a change that comes meanwhile raises it again.
    mustRevive.withLock { $0 = false }
    do {
      let revived = try await database.write { try InboxRow.reviveKnown($0) }
      if revived > 0 { log.info("inbox.revived", ["bodies": .int(revived)]) }
    } catch {
      mustRevive.withLock { $0 = true }
      throw error
    }
  }

  private func store(_ bodies: [ParsedBody]) async throws {
    if bodies.isEmpty { return }
    let now = clock.now
    // Of each number the updates, and how many of them are messages.
    var numbers: [String: Int] = [:]
    for body in bodies {
      for update in body.updates {
        guard let (number, isMessage) = update.number else { continue }
        numbers[number, default: 0] += isMessage ? 1 : 0
      }
    }
    let inbound = numbers.filter { $0.value > 0 }
    // Webhooks that wait for their 200 go first; a burst is worked off behind them.
    let outcomes = try await database.write(.background) { [numbers] connection in
      let outcomes = try bodies.flatMap { try $0.store(at: now, connection) }
      for number in numbers.keys { try WebhookTime.note(phoneNumberID: number, at: now, connection) }
      return outcomes
    }
    if !inbound.isEmpty { onInbound(inbound) }
    for outcome in outcomes { counters[outcome]?.increment() }
    let poison = outcomes.count { $0 == .poison }
    if poison > 0 { log.error("inbox.poison", ["updates": .int(poison)]) }
    onStored()
  }

  private static func parse(_ body: [UInt8]) -> [WebhookUpdate] {
    do throws(JSONFailure) {
      return try WebhookBatch.parse(body)
    } catch {
      return [.poison(path: "$", reason: "not JSON: \(error)", raw: body)]
    }
  }
}

extension WebhookUpdate {
  /// Meta's id of the number it is about, and whether it is a message.
  fileprivate var number: (id: String, isMessage: Bool)? {
    switch self {
    case .message(let message): (message.phoneNumberID, true)
    case .status(let status): (status.phoneNumberID, false)
    case .other, .poison: nil
    }
  }

  /// Whether it is told on under an id made of its webhook's bytes.
  fileprivate var needsHash: Bool {
    if case .other(let field, _, _) = self {
      AccountOutbox.carries(field) || TemplateEvents.fields.contains(field)
    } else {
      false
    }
  }
}
