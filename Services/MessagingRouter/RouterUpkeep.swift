import Store
import Telemetry
import Transport
import Workers

/// What the passing of time asks for: conversations end, rows grow old, people are erased step by step.
struct RouterUpkeep: Sendable {
  private let sessions: SessionWorker
  private let retention: RetentionWorker
  private let erasure: ContactErasureWorker

  /// `onTold` is called when there are events to hand over, `onErased` when media lost their rows.
  init(
    _ settings: MessagingRouterSettings, database: Database, loop: EventLoop, clock: WallClock, log: Log,
    metrics: Metrics, onTold: @escaping @Sendable () -> Void, onErased: @escaping @Sendable () -> Void
  ) {
    sessions = SessionWorker(
      database: database, idle: Int64(settings.conversationIdleMinutes) * 60_000, loop: loop, clock: clock, log: log,
      metrics: metrics, onTold: onTold)
    retention = RetentionWorker(
      database: database, raw: settings.rawRetention.components.seconds * 1_000,
      history: settings.historyRetention == .zero ? nil : settings.historyRetention.components.seconds * 1_000,
      loop: loop, clock: clock, log: log, metrics: metrics)
    erasure = ContactErasureWorker(
      database: database, loop: loop, clock: clock, log: log,
      onTold: {
        onTold()
        onErased()
      })
  }

  func start() {
    sessions.start()
    retention.start()
    erasure.start()
  }

  func wake() {
    sessions.wake()
    retention.wake()
    erasure.wake()
  }

  /// The registry told of a sender: its automation hears of it, and people of one portfolio may be joined.
  func senderChanged() {
    sessions.wake()
    retention.wake()
  }

  /// Somebody is to be erased.
  func erasureAsked() { erasure.wake() }

  func stop() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await sessions.stop() }
      group.addTask { await retention.stop() }
      group.addTask { await erasure.stop() }
    }
  }
}
