import Store
import Telemetry
import Transport
import Workers

/// Carries erasures out, one small step after the other, each with its place in the journal in one transaction.
final class ContactErasureWorker: Sendable {
  /// The pause between two steps, and before looking again at what is still being sent, in milliseconds.
  private static let pause: Int64 = 5
  private static let patience: Int64 = 1_000
  /// How long one that failed lets the others go first.
  private static let timeOut: Int64 = 60_000

  private let database: Database
  private let clock: WallClock
  private let log: Log
  private let onTold: @Sendable () -> Void
  private let work: WorkLoop

  init(
    database: Database, loop: EventLoop, clock: WallClock, log: Log, onTold: @escaping @Sendable () -> Void
  ) {
    self.database = database
    self.clock = clock
    self.log = log
    self.onTold = onTold
    let box = TurnBox()
    work = WorkLoop("erasure", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop() }

  private enum Progress: Sendable {
    case nothing, some, waits, done
  }

  private func turn() async throws -> WorkLoop.Next {
    let now = clock.now
    let (running, next) = try await database.read {
      (try ContactErasureRow.running(at: now, $0), try ContactErasureRow.next($0))
    }
    guard let running else { return next.map { .at($0) } ?? .idle }
    switch try await progress(of: running, at: now) {
    case .nothing, .waits: return .again
    case .some: return .at(now + Self.pause)
    case .done:
      log.notice("contact.erased", [:])
      onTold()
      // The log of the store still holds the pages as they were.
      do { try await database.checkpoint() } catch { log.info("erasure.log_not_emptied", ["error": .failure(error)]) }
      return .again
    }
  }

  /// Does the next step. What is wrong with one erasure must not hold up everybody's.
  private func progress(of running: ContactErasureRow, at now: Int64) async throws -> Progress {
    do {
      return try await database.write(.background) { try Self.step(at: now, $0) }
    } catch let failure as StoreFailure where failure.isAboutTheDisk && failure.code != .timedOut {
      throw failure
    } catch {
      log.error("erasure.step_failed", ["step": .int(running.step), "error": .failure(error)])
      try await database.write(.background) {
        try ContactErasureRow.putOff(contact: running.contact, until: now + Self.timeOut, $0)
      }
      return .waits
    }
  }

  private static func step(at now: Int64, _ connection: Connection) throws -> Progress {
    guard var erasure = try ContactErasureRow.running(at: now, connection) else { return .nothing }
    let steps = ErasureStep.all
    let before = erasure.messages
    let mayWait = steps[erasure.step].waitsForSends
    let isOver = try steps[erasure.step].run(&erasure, ErasureStep.limit, connection)
    if isOver {
      erasure.step += 1
      erasure.position = 0
    }
    let isDone = erasure.step == steps.count
    if isDone { erasure.finishedAt = now }
    try erasure.save(connection)
    if isDone { return .done }
    guard mayWait, !isOver, erasure.messages == before else { return .some }
    try ContactErasureRow.putOff(contact: erasure.contact, until: now + patience, connection)
    return .waits
  }
}
