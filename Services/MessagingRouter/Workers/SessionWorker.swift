import Store
import Telemetry
import Transport
import Workers

/// Ends conversations that have been idle, and tells automation of it and of what changed about senders.
final class SessionWorker: Sendable {
  /// Sessions of one write: each may read two hundred messages.
  private static let batch = 16
  private static let changesBatch = 200
  /// How late an end may be, in milliseconds: sessions open while this sleeps.
  private static let interval: Int64 = 15_000

  private let database: Database
  private let idle: Int64
  private let clock: WallClock
  private let ended: Counter
  private let onTold: @Sendable () -> Void
  private let work: WorkLoop

  /// `idle` is how long nobody says anything at the end of a conversation, in milliseconds. `onTold` is called after a
  /// commit that left events behind.
  init(
    database: Database, idle: Int64, loop: EventLoop, clock: WallClock, log: Log, metrics: Metrics,
    onTold: @escaping @Sendable () -> Void
  ) {
    self.database = database
    self.idle = idle
    self.clock = clock
    self.onTold = onTold
    ended = metrics.counter("wss_router_conversations_ended_total", "Conversations that ended by being idle.")
    let box = TurnBox()
    work = WorkLoop("sessions", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop() }

  private func turn() async throws -> WorkLoop.Next {
    let now = clock.now
    let (hasChanges, nextDue) = try await database.read { connection in
      (
        try connection.first("SELECT EXISTS (SELECT 1 FROM sender_changes)") { try $0.bool(0) } ?? false,
        try SessionRow.nextDue(connection)
      )
    }
    if hasChanges {
      _ = try await database.write(.background) { connection in
        try SenderChangeRow.tell(limit: Self.changesBatch, at: now, connection)
      }
      onTold()
      return .again
    }
    guard let nextDue, nextDue <= now else { return .at(min(nextDue ?? .max, now + Self.interval)) }
    let idle = idle
    let count = try await database.write(.background) { connection in
      try SessionRow.due(at: now, limit: Self.batch, connection).count {
        try $0.settle(idle: idle, at: now, connection)
      }
    }
    ended.increment(by: count)
    if count > 0 { onTold() }
    return .again
  }
}
