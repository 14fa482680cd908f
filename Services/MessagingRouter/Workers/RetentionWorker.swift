import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Deletes what is older than the settings allow, in small steps behind everything else.
final class RetentionWorker: Sendable {
  /// The pause between two steps and between two passes, in milliseconds.
  private static let pause: Int64 = 20
  private static let interval: Int64 = 10 * 60_000

  private let database: Database
  private let raw: Int64
  private let history: Int64?
  private let clock: WallClock
  private let log: Log
  private let raws: Counter
  private let leftovers: Counter
  private let messages: Counter
  private let recipients: Counter
  /// How far the pass over old messages is; those that had not ended are looked at again by the next pass.
  private let position = Mutex<Int64>(0)
  /// How far the pass over broadcasts is.
  private let broadcast = Mutex<Int64>(0)
  private let work: WorkLoop

  /// `raw` and `history` are how long those are kept, in milliseconds; nil is for ever.
  init(
    database: Database, raw: Int64, history: Int64?, loop: EventLoop, clock: WallClock, log: Log, metrics: Metrics
  ) {
    self.database = database
    self.raw = raw
    self.history = history
    self.clock = clock
    self.log = log
    func counter(_ what: String) -> Counter {
      metrics.counter(
        "wss_router_pruned_total", "What was deleted because of its age.", labels: ["what": what])
    }
    raws = counter("raw")
    leftovers = counter("leftover")
    messages = counter("message")
    recipients = counter("broadcast")
    let box = TurnBox()
    work = WorkLoop("retention", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop() }

  private func turn() async throws -> WorkLoop.Next {
    let now = clock.now
    let (raw, history, position) = (raw, history, position.withLock { $0 })
    // A write each: whoever waits for the writer waits for one step.
    let bodies = try await database.write(.background) { try Retention.raws(before: now - raw, now: now, $0) }
    let rest = try await database.write(.background) { try Retention.leftovers(before: now - raw, $0) }
    // Not asked for by anybody: what it keeps is needed for as long as Meta says, and no longer.
    let forgotten = try await database.write(.background) {
      try ForgottenMessages.prune(at: now, limit: Retention.step, $0)
    }
    let remembered = try await database.write(.background) { try Retention.rememberedRaws(before: now - raw, $0) }
    raws.increment(by: bodies.deleted + remembered.deleted)
    leftovers.increment(by: rest.deleted)
    var isDone = bodies.isDone && rest.isDone && remembered.isDone && forgotten < Retention.step
    if try await !moveContacts() { isDone = false }
    if let history {
      let old = try await database.write(.background) {
        try Retention.history(before: now - history, now: now, after: position, $0)
      }
      let older = try await database.write(.background) { try Retention.remembered(before: now - history, $0) }
      messages.increment(by: old.outcome.deleted + older.deleted)
      self.position.withLock { $0 = old.outcome.isDone ? 0 : old.position }
      isDone = isDone && old.outcome.isDone && older.isDone
    }
    if let history { isDone = try await pruneBroadcasts(before: now - history) && isDone }
    return .at(now + (isDone ? Self.interval : Self.pause))
  }

  /// Contacts of scopes that are one with another since the replica has changed. False when there may be more.
  private func moveContacts() async throws -> Bool {
    do {
      return try await database.write(.background) { try ContactScopes.step($0).isDone }
    } catch let failure as StoreFailure where !failure.isAboutTheDisk {
      // They are moved when they are met; what is wrong with one must not stop the pruning.
      log.error("contacts.not_moved", ["error": .failure(failure)])
      return true
    }
  }

  private func pruneBroadcasts(before moment: Int64) async throws -> Bool {
    let position = broadcast.withLock { $0 }
    let (outcome, next) = try await database.write(.background) {
      try BroadcastRetention.prune(before: moment, after: position, $0)
    }
    recipients.increment(by: outcome.deleted)
    broadcast.withLock { $0 = outcome.isDone ? 0 : next }
    return outcome.isDone
  }
}
