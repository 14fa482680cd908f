import Synchronization

/// Who waits for events: few enough that the replicas of other services always find a place to wait.
package final class FeedWaiters: Sendable {
  /// Requests that may wait at once.
  package static let perAccount = 8
  package static let inAll = 64

  private let counts = Mutex<[String: Int]>([:])

  package init() {}

  /// False when there is no room.
  package func enter(_ account: String) -> Bool {
    counts.withLock { counts in
      let all = counts.values.reduce(0, +)
      guard all < Self.inAll, counts[account, default: 0] < Self.perAccount else { return false }
      counts[account, default: 0] += 1
      return true
    }
  }

  package func leave(_ account: String) {
    counts.withLock { counts in
      let rest = (counts[account] ?? 1) - 1
      counts[account] = rest > 0 ? rest : nil
    }
  }
}
