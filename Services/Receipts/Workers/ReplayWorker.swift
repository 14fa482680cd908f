import Contracts
import Store
import Telemetry
import Transport
import Workers

/// Feeds replays into the queue, one small step of each after the other.
final class ReplayWorker: Sendable {
  /// Replays that go on side by side; more take turns.
  private static let atOnce = 20
  /// Between two rounds of steps, and while all wait, in milliseconds.
  private static let pause: Int64 = 10
  private static let patience: Int64 = 250

  private let database: Database
  private let clock: WallClock
  private let log: Log
  private let metrics: Metrics
  private let onQueued: @Sendable ([WebhookID]) -> Void
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
  func wake() { work.wake() }
  func stop() async { await work.stop() }

  private func turn() async throws -> WorkLoop.Next {
    let next = try await database.read { try ReplayRow.next(limit: Self.atOnce, $0) }
    if next.isEmpty { return .idle }
    var isMoving = false
    var queued: Set<WebhookID> = []
    for (id, webhook) in next {
      let now = clock.now
      switch try await database.write(.background, { try ReplayStep(now: now, connection: $0).run(id) }) {
      case .again(let count):
        isMoving = true
        if count > 0 { queued.insert(webhook) }
      case .later: break
      case .ended(let state): ended(id, state)
      }
    }
    if !queued.isEmpty { onQueued(Array(queued)) }
    return .at(clock.now + (isMoving ? Self.pause : Self.patience))
  }

  private func ended(_ id: ReplayID, _ state: Replay.State) {
    metrics.replays(state.rawValue)
    log.notice("replay.ended", ["replay_id": .string(id.text), "state": .string(state.rawValue)])
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
