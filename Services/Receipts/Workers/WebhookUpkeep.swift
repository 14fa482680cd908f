import Store
import Telemetry
import Transport
import Workers

/// What people's changes of webhooks leave to be done: calls off the deliveries of deleted ones, and wipes secrets whose
/// overlap has ended. Small steps, behind everything else.
final class WebhookUpkeep: Sendable {
  /// Deliveries, or secrets, of one write.
  static let step = 500

  private let database: Database
  private let clock: WallClock
  private let log: Log
  private let work: WorkLoop

  init(database: Database, loop: EventLoop, clock: WallClock, log: Log) {
    self.database = database
    self.clock = clock
    self.log = log
    let box = TurnBox()
    work = WorkLoop("webhook upkeep", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop() }

  private func turn() async throws -> WorkLoop.Next {
    let (now, step) = (clock.now, Self.step)
    let (isSwept, wiped, next) = try await database.write(.background) { connection in
      let secrets = try WebhookRow.wipeExpiredSecrets(at: now, limit: step, connection)
      return (try DeletedWebhook.sweep(limit: step, connection), secrets.wiped, secrets.next)
    }
    if wiped > 0 { log.notice("webhook.old_secrets_wiped", ["webhooks": .int(wiped)]) }
    guard isSwept, wiped < step else { return .again }
    return next.map { .at($0) } ?? .idle
  }
}
