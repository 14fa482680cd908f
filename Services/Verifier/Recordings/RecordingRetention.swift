import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Deletes what has been kept long enough, and sees to it that deleted sound leaves the store's files.
final class RecordingRetention: Sendable {
  /// Recordings deleted in one transaction, and rows forgotten.
  static let page = 50
  private static let forgetting: Int64 = 3_600_000

  private struct State {
    /// When the store's log was emptied; not yet in this life.
    var erasedAt: Int64 = .min
    var forgottenAt: Int64 = .min
  }

  private let database: Database
  private let times: RecordingTimes
  private let clock: WallClock
  private let log: Log
  /// The carrier's copies of what was deleted are due.
  private let wakeDeletions: @Sendable () -> Void
  private let state = Mutex(State())
  private let work: WorkLoop

  init(
    database: Database, times: RecordingTimes, clock: WallClock, log: Log, loop: EventLoop,
    wakeDeletions: @escaping @Sendable () -> Void
  ) {
    self.database = database
    self.times = times
    self.clock = clock
    self.log = log
    self.wakeDeletions = wakeDeletions
    let box = TurnBox()
    work = WorkLoop("recording retention", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop() }

  private func turn() async throws -> WorkLoop.Next {
    let now = clock.now
    let deleted = try await database.write(.background) { try $0.deleteExpiredRecordings(now: now, limit: Self.page) }
    if deleted > 0 {
      log.info("recordings.expired", ["count": .int(deleted)])
      wakeDeletions()
      if deleted == Self.page { return .again }
    }
    if try await forget(now) == Self.page { return .again }
    let erasesAgain = try await erase(now)
    let expiry = try await database.read { try $0.nextRecordingExpiry() }
    let next = [expiry, erasesAgain, forgottenAt + Self.forgetting].compactMap { $0 }.min()
    return next.map { .at($0) } ?? .idle
  }

  private var forgottenAt: Int64 { state.withLock { $0.forgottenAt } }

  /// Rows without sound that nobody asks for any more; once an hour, or again while there are many.
  private func forget(_ now: Int64) async throws -> Int {
    guard forgottenAt == .min || now - forgottenAt >= Self.forgetting else { return 0 }
    let moment = now - times.remembered
    let count = try await database.write(.background) { try $0.forgetRecordings(before: moment, limit: Self.page) }
    if count < Self.page { state.withLock { $0.forgottenAt = now } }
    return count
  }

  /// Empties the store's log, where pages from before a deletion stay until they are written over; when it is to be
  /// done again.
  private func erase(_ now: Int64) async throws -> Int64? {
    let erasedAt = state.withLock { $0.erasedAt }
    guard let end = try await database.read({ try $0.lastRecordingEnd() }), end >= erasedAt else { return nil }
    if erasedAt != .min, now < erasedAt + times.erasing { return erasedAt + times.erasing }
    do {
      try await database.checkpoint()
      state.withLock { $0.erasedAt = now }
      return end == now ? now + times.erasing : nil
    } catch let failure as StoreFailure where failure.code == .busy {
      // A long read is in the way.
      return now + times.interrupted
    }
  }
}
