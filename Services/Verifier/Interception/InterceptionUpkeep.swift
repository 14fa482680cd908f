import Store
import Synchronization
import Telemetry

/// What is done beside the journal's work: numbers are counted for operators, old rows are forgotten.
final class InterceptionUpkeep: Sendable {
  private static let pause: Int64 = 3_600_000

  private let settler: RouteSettler
  private let prunedAt = Mutex<Int64>(0)

  init(settler: RouteSettler) { self.settler = settler }

  func look() async throws {
    let now = settler.clock.now
    let (sessions, permanent) = try await settler.database.read { connection in
      (try connection.interceptedCount(.session), try connection.interceptedCount(.permanent))
    }
    settler.measures.counted(sessions: sessions, permanent: permanent)
    let isDue = prunedAt.withLock { last in
      if now - last < Self.pause { return false }
      last = now
      return true
    }
    guard isDue else { return }
    let moment = now - settler.times.kept
    try await settler.database.write(.background) { try $0.pruneInterceptions(endedBefore: moment) }
  }
}
