import Store
import Telemetry
import Transport
import Workers

/// Carries long merges of conversations out, a short write after the other.
final class ConversationMover: Sendable {
  private let database: Database
  private let work: WorkLoop

  init(database: Database, loop: EventLoop, clock: WallClock, log: Log) {
    self.database = database
    let box = TurnBox()
    work = WorkLoop("conversation moves", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop() }

  private func turn() async throws -> WorkLoop.Next {
    guard try await database.read({ try ConversationMove.isUnderWay($0) }) else { return .idle }
    return try await database.write(.background) { try ConversationMove.resume($0) } ? .again : .idle
  }
}
