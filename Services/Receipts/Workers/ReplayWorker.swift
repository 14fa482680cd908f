import Contracts
import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Feeds replays into the queue, one small step of each after the other.
final class ReplayWorker: Sendable {
  private struct State {
    var agenda = ReplayAgenda()
    /// The store may have some that the agenda does not.
    var isIncomplete = true
    var woken: Set<WebhookID> = []
  }

  /// Replays that go on side by side; more take turns.
  private static let atOnce = 20
  /// Between two rounds of steps, in milliseconds.
  private static let pause: Int64 = 10

  private let database: Database
  private let clock: WallClock
  private let log: Log
  private let metrics: Metrics
  private let onQueued: @Sendable ([WebhookID]) -> Void
  private let state = Mutex(State())
  private let work: WorkLoop

  /// `onQueued` hears for which webhooks something is due.
  init(
    database: Database, loop: EventLoop, clock: WallClock, log: Log, metrics: Metrics,
    onQueued: @escaping @Sendable ([WebhookID]) -> Void
  ) {
    self.database = database
    self.clock = clock
    self.log = log
    self.metrics = metrics
    self.onQueued = onQueued
    let box = TurnBox()
    work = WorkLoop("replays", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func stop() async { await work.stop() }

  /// A webhook's replay begins, ends, or may go on.
  func wake(_ webhook: WebhookID) {
    state.withLock { state in
      state.isIncomplete = true
      state.woken.insert(webhook)
    }
    work.wake()
  }

  private func turn() async throws -> WorkLoop.Next {
    try await look()
    let now = Self.now
    let due = state.withLock { $0.agenda.due(at: now, limit: Self.atOnce) }
    var isMoving = false
    var queued: Set<WebhookID> = []
    for (id, webhook) in due {
      switch await step(id) {
      case .again(let count):
        isMoving = true
        if count > 0 { queued.insert(webhook) }
        state.withLock { $0.agenda.moved(id) }
      case .later: state.withLock { $0.agenda.rests(id, at: now) }
      case .ended(let end):
        ended(id, end)
        state.withLock { $0.agenda.ended(id) }
      }
    }
    if !queued.isEmpty { onQueued(Array(queued)) }
    let next = state.withLock { $0.agenda.nextAt }
    return next.map { .at(clock.now + max($0 - Self.now, isMoving ? Self.pause : 0)) } ?? .idle
  }

  /// Rests are of a clock that nobody sets, in milliseconds.
  private static var now: Int64 { MonotonicClock.now / 1_000_000 }

  /// Reads which replays there are, when there may be others than it knows.
  private func look() async throws {
    guard state.withLock({ $0.isIncomplete }) else { return }
    let woken = state.withLock { state in
      state.isIncomplete = false
      defer { state.woken = [] }
      return state.woken
    }
    do {
      let found = try await database.read { try ReplayRow.underWay(limit: ReplayAgenda.limit, $0) }
      state.withLock { state in
        state.agenda.update(found)
        state.agenda.wake(woken)
      }
    } catch {
      state.withLock { state in
        state.isIncomplete = true
        state.woken.formUnion(woken)
      }
      throw error
    }
  }

  /// One that fails does not keep the others from going on.
  private func step(_ id: ReplayID) async -> ReplayStep.Outcome {
    let now = clock.now
    do {
      return try await database.write(.background) { try ReplayStep(now: now, connection: $0).run(id) }
    } catch {
      log.error("replay.step_failed", ["replay_id": .string(id.text), "error": .string("\(error)")])
      return .later
    }
  }

  private func ended(_ id: ReplayID, _ end: Replay.State) {
    metrics.replays(end.rawValue)
    log.notice("replay.ended", ["replay_id": .string(id.text), "state": .string(end.rawValue)])
    // There may be more than are remembered.
    state.withLock { if $0.agenda.count >= ReplayAgenda.limit { $0.isIncomplete = true } }
  }
}

extension Metrics {
  /// A replay was `started`, or ended.
  func replays(_ outcome: String) {
    counter(
      "wss_receipts_replays_total", "Replays that were started, completed, cancelled.", labels: ["outcome": outcome]
    )
    .increment()
  }
}
