import Store
import Telemetry
import Transport
import Workers

/// Blanks what is stored about people that were erased, one small step after the other.
final class ErasureWorker: Sendable {
  private let database: Database
  private let log: Log
  private let work: WorkLoop

  init(database: Database, loop: EventLoop, clock: WallClock, log: Log) {
    self.database = database
    self.log = log
    let box = TurnBox()
    work = WorkLoop("erasure", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop() }

  private func turn() async throws -> WorkLoop.Next {
    guard try await database.read({ try ErasureRow.first($0) }) != nil else { return .idle }
    // Read anew inside the write: the step goes on where the one before has committed.
    let isDone = try await database.write(.background) { connection in
      try ErasureRow.first(connection)?.step(connection) ?? true
    }
    guard isDone else { return .again }
    log.notice("erasure.done", [:])
    // The log of the store still holds the pages as they were.
    do { try await database.checkpoint() } catch { log.info("erasure.log_not_emptied", ["error": .failure(error)]) }
    return .again
  }
}
