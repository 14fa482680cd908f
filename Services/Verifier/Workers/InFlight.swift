import Contracts
import Synchronization

/// The verifications a handler is busy with: the watcher leaves them alone. Empty after a start, on purpose.
final class InFlight: Sendable {
  private let ids = Mutex<Set<VerificationID>>([])

  func insert(_ id: VerificationID) { ids.withLock { _ = $0.insert(id) } }
  func remove(_ id: VerificationID) { ids.withLock { _ = $0.remove(id) } }
  func contains(_ id: VerificationID) -> Bool { ids.withLock { $0.contains(id) } }
}
