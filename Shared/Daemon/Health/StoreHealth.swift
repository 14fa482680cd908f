import Store
import Synchronization
import Transport

/// Whether the store takes writes, asked at most once a second however often `/healthz` is.
final class StoreHealth: Sendable {
  private struct State {
    var databases: [Database] = []
    var problem: String?
    var checkedAt: Int64?
  }

  private let state = Mutex(State())

  /// How long an answer is good for: health checks must not become write load.
  static let validNanoseconds: Int64 = 1_000_000_000

  func watch(_ database: Database) { state.withLock { $0.databases.append(database) } }

  /// What is wrong with the store; nil when it takes writes, or when the service has none.
  func problem(now: Int64 = MonotonicClock.now) async -> String? {
    let databases = state.withLock { state -> [Database]? in
      if let checkedAt = state.checkedAt, now - checkedAt < Self.validNanoseconds { return nil }
      // Set before the write: while it runs, others get the previous answer instead of a write of their own.
      state.checkedAt = now
      return state.databases
    }
    guard let databases else { return state.withLock { $0.problem } }
    var problem: String?
    for database in databases {
      do {
        try await ServiceMeta.touch(database)
      } catch {
        problem = (error as? StoreFailure)?.description ?? String(describing: error)
      }
    }
    let result = problem
    state.withLock { $0.problem = result }
    return result
  }
}
