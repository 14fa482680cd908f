import Contracts
import GraphAPI
import JSON
import Store
import Telemetry
import Transport
import Workers

/// Turns stored webhook bodies into messages and statuses. One bad update never costs the others.
final class InboxWorker: Sendable {
  private static let batch = 64
  private static let batchBytes = 4 << 20

  private let database: Database
  private let clock: WallClock
  private let log: Log
  private let counters: [UpdateOutcome: Counter]
  private let onStored: @Sendable () -> Void
  private let work: WorkLoop

  /// `onStored` is called after a commit that may have left work for the other loops.
  init(
    database: Database, loop: EventLoop, clock: WallClock, log: Log, metrics: Metrics,
    onStored: @escaping @Sendable () -> Void
  ) {
    self.database = database
    self.clock = clock
    self.log = log
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

  private func turn() async throws -> WorkLoop.Next {
    let rows = try await database.read { try InboxRow.waiting(limit: Self.batch, bytes: Self.batchBytes, $0) }
    if rows.isEmpty { return .idle }
    let bodies = rows.map { row in ParsedBody(id: row.id, updates: Self.parse(row.body)) }
    let now = clock.now
    // Webhooks that wait for their 200 go first; a burst is worked off behind them.
    let outcomes = try await database.write(.background) { connection in
      try bodies.flatMap { try $0.store(at: now, connection) }
    }
    for outcome in outcomes { counters[outcome]?.increment() }
    let poison = outcomes.count { $0 == .poison }
    if poison > 0 { log.error("inbox.poison", ["updates": .int(poison)]) }
    onStored()
    return .again
  }

  private static func parse(_ body: [UInt8]) -> [WebhookUpdate] {
    do throws(JSONFailure) {
      return try WebhookBatch.parse(body)
    } catch {
      return [.poison(path: "$", reason: "not JSON: \(error)", raw: body)]
    }
  }
}

/// A webhook body and its updates.
struct ParsedBody: Sendable {
  var id: Int64
  var updates: [WebhookUpdate]

  /// Stores each update as a part of its own: one that fails is kept aside, the others go on.
  func store(at now: Int64, _ connection: Connection) throws -> [UpdateOutcome] {
    var outcomes: [UpdateOutcome] = []
    for (index, update) in updates.enumerated() {
      do {
        outcomes.append(try connection.part { try apply(update, at: now, connection) })
      } catch let failure as StoreFailure where failure.isAboutTheDisk {
        // Nothing is wrong with the update: the whole batch is tried again later.
        throw failure
      } catch {
        try InboxRow.setAside(
          inboxID: id, path: "update[\(index)]", reason: "\(error)", raw: update.raw, at: now, connection)
        outcomes.append(.poison)
      }
    }
    try InboxRow.finish(id: id, isDeferred: outcomes.contains(.unknownNumber), connection)
    return outcomes
  }

  private func apply(_ update: WebhookUpdate, at now: Int64, _ connection: Connection) throws -> UpdateOutcome {
    switch update {
    case .message(let message): return try InboundMessage.store(message, at: now, connection)
    case .status(let status): return try StatusUpdate.store(status, at: now, connection)
    case .other: return .ignored
    case .poison(let path, let reason, let raw):
      try InboxRow.setAside(inboxID: id, path: path, reason: reason, raw: raw, at: now, connection)
      return .poison
    }
  }
}

extension WebhookUpdate {
  /// What is kept aside of an update that could not be stored.
  fileprivate var raw: [UInt8] {
    switch self {
    case .message(let message): message.raw
    case .status(let status): Array("\(status.id) \(status.status)".utf8)
    case .other(_, _, let raw), .poison(_, _, let raw): raw
    }
  }
}

extension StoreFailure {
  /// True for failures that another try, or an operator, can mend: they say nothing about the data.
  var isAboutTheDisk: Bool {
    switch code {
    case .constraint, .unexpectedType, .tooBig: false
    default: true
    }
  }
}
