import Contracts
import Store
import Telemetry
import Transport
import Workers

/// Keeps the broadcasts that run supplied: a few seconds of messages ahead for each sender, never more. Everything it
/// knows is in rows: a start after a crash goes on as if nothing had been.
///
/// The store belongs to one process, and one loop feeds all broadcasts one after the other: no lease could be held twice.
final class BroadcastFeeder: Sendable {
  /// Milliseconds between two looks while a broadcast runs.
  private static let pace: Int64 = 250

  private let database: Database
  private let clock: WallClock
  private let log: Log
  private let fed: Counter
  private let pauses: @Sendable (String) -> Counter
  private let onQueued: @Sendable () -> Void
  private let onEnded: @Sendable () -> Void
  private let work: WorkLoop

  /// `onQueued` is called when there is something to send, `onEnded` when there is something to tell: messages were
  /// cancelled, a broadcast has paused or is over.
  init(
    database: Database, loop: EventLoop, clock: WallClock, log: Log, metrics: Metrics,
    onQueued: @escaping @Sendable () -> Void, onEnded: @escaping @Sendable () -> Void
  ) {
    self.database = database
    self.clock = clock
    self.log = log
    self.onQueued = onQueued
    self.onEnded = onEnded
    fed = metrics.counter("wss_router_broadcast_recipients_total", "Recipients of broadcasts that were dealt with.")
    pauses = {
      metrics.counter(
        "wss_router_broadcast_pauses_total", "Broadcasts that paused by themselves.", labels: ["reason": $0])
    }
    let box = TurnBox()
    work = WorkLoop("broadcasts", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop() }

  private func turn() async throws -> WorkLoop.Next {
    let now = clock.now
    let (items, leftovers, nextStart) = try await database.read {
      (
        try BroadcastWork.running(at: now, $0), try BroadcastWork.leftovers($0), try BroadcastWork.nextStart($0)
      )
    }
    var hasMore = try await clear(leftovers, at: now)
    var rooms = try await rooms(items)
    var count = 0
    for item in items {
      let share = rooms[item.sender]?.take() ?? 0
      let isDue = try await database.read { try BroadcastWork.isDue(item.number, room: share, at: now, $0) }
      guard isDue else { continue }
      let done = try await database.write { try BroadcastWork.run(item.number, room: share, at: now, $0) }
      count += done.dealtWith
      if done.dealtWith == BroadcastFeed.atOnce, share > done.dealtWith { hasMore = true }
      if let stop = done.stop {
        pauses(stop.reason.rawValue).increment()
        log.notice(
          "broadcast.paused", ["broadcast": .int(Int(item.number)), "reason": .string(stop.reason.rawValue)])
        hasMore = true
      }
      if done.stop != nil || done.isCompleted { onEnded() }
    }
    if count > 0 {
      fed.increment(by: count)
      onQueued()
    }
    if hasMore { return .again }
    if !items.isEmpty { return .at(now + Self.pace) }
    return nextStart.map { .at($0) } ?? .idle
  }

  private func clear(_ numbers: [Int64], at now: Int64) async throws -> Bool {
    var hasMore = false
    for number in numbers {
      let isLeft = try await database.write { try BroadcastWork.clear(number, at: now, $0) }
      hasMore = hasMore || isLeft
    }
    if !numbers.isEmpty { onEnded() }
    return hasMore
  }

  /// How many messages may be queued for a sender, shared by its broadcasts.
  private struct Room {
    var left = 0
    var broadcasts = 0

    /// The next one's part; what it leaves is the others'.
    mutating func take() -> Int {
      guard broadcasts > 0, left > 0 else { return 0 }
      let share = max(left / broadcasts, 1)
      broadcasts -= 1
      left -= share
      return share
    }
  }

  private func rooms(_ items: [BroadcastWork.Item]) async throws -> [String: Room] {
    var rooms: [String: Room] = [:]
    for item in items {
      rooms[item.sender, default: Room()].broadcasts += 1
      rooms[item.sender, default: Room()].left -= item.queued
    }
    let senders = Array(rooms.keys)
    let ahead = try await database.read { connection in
      try senders.map { try BroadcastWork.ahead(of: $0, connection) }
    }
    for (sender, count) in zip(senders, ahead) { rooms[sender]?.left += count }
    return rooms
  }
}
