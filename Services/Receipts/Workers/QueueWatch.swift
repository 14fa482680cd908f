import Store
import Telemetry
import Transport
import Workers

/// Keeps the gauges of the queue up to date: a scrape must not wait for the store.
final class QueueWatch: Sendable {
  private static let interval = Duration.seconds(10)

  private let database: Database
  private let clock: WallClock
  private let new: Gauge
  private let retry: Gauge
  private let replay: Gauge
  private let behind: Gauge
  private let held: Gauge
  private let oldest: Gauge
  private let work: WorkLoop

  init(database: Database, loop: EventLoop, clock: WallClock, log: Log, metrics: Metrics) {
    self.database = database
    self.clock = clock
    let name = "wss_receipts_queue_deliveries"
    new = metrics.gauge(name, "Deliveries that wait or are under way, by lane.", labels: ["lane": "new"])
    retry = metrics.gauge(name, "Deliveries that wait or are under way, by lane.", labels: ["lane": "retry"])
    replay = metrics.gauge(name, "Deliveries that wait or are under way, by lane.", labels: ["lane": "replay"])
    behind = metrics.gauge(name, "Deliveries that wait or are under way, by lane.", labels: ["lane": "behind"])
    held = metrics.gauge("wss_receipts_held_deliveries", "Deliveries that are kept for webhooks that are paused.")
    oldest = metrics.gauge("wss_receipts_oldest_due_seconds", "How long the longest due delivery has been due.")
    let box = TurnBox()
    work = WorkLoop("queue watch", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in
      guard let self else { return .idle }
      try await self.refresh()
      return .at(clock.now + Self.interval.components.seconds * 1000)
    }
  }

  func start() { work.start() }
  func stop() async { await work.stop() }

  /// Reads once.
  func refresh() async throws {
    let now = clock.now
    let depth = try await database.read { try QueueDepth.read(at: now, $0) }
    new.set(depth.new)
    retry.set(depth.retry)
    replay.set(depth.replay)
    behind.set(depth.behind)
    held.set(depth.held)
    oldest.set(depth.oldestDueAt.map { Double(now - $0) / 1000 } ?? 0)
  }
}
