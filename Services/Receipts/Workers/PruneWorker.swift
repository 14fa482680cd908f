import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Deletes events that are older than the retention allows, with their deliveries and attempts, in small steps.
final class PruneWorker: Sendable {
  /// Events of one write, and the pause after it in milliseconds: nobody waits for this.
  static let step = 200
  private static let pause: Int64 = 20
  /// How often it looks, in milliseconds.
  private static let interval: Int64 = 10 * 60_000

  private let database: Database
  private let kept: Int64
  private let attemptsKept: Int64
  private let clock: WallClock
  private let deleted: Counter
  /// How far this look has come; each begins anew.
  private let through = Mutex<Int64>(0)
  private let work: WorkLoop

  /// `kept` is how long events stay, in milliseconds; `attemptsKept` how long attempts do, at most as long.
  init(
    database: Database, kept: Int64, attemptsKept: Int64? = nil, loop: EventLoop, clock: WallClock, log: Log,
    metrics: Metrics
  ) {
    self.database = database
    self.kept = kept
    self.attemptsKept = min(attemptsKept ?? kept, kept)
    self.clock = clock
    deleted = metrics.counter("wss_receipts_events_pruned_total", "Events deleted because of their age.")
    let box = TurnBox()
    work = WorkLoop("prune", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop() }

  private func turn() async throws -> WorkLoop.Next {
    let now = clock.now
    let (kept, attemptsKept, step) = (kept, attemptsKept, Self.step)
    let position = through.withLock { $0 }
    let outcome = try await database.write(.background) { connection in
      let events = try PrunedEvents.delete(before: now - kept, now: now, after: position, limit: step, connection)
      try PrunedLog.deleteRemains(before: now - PrunedLog.replaysKept, limit: step, connection)
      // The others go with their events.
      let isDone =
        try attemptsKept >= kept
        || PrunedLog.deleteAttempts(before: now - attemptsKept, limit: step, connection).isDone
      return (deleted: events.deleted, isDone: events.isDone && isDone, through: events.isDone ? 0 : events.through)
    }
    through.withLock { $0 = outcome.through }
    deleted.increment(by: outcome.deleted)
    return .at(now + (outcome.isDone ? Self.interval : Self.pause))
  }
}
