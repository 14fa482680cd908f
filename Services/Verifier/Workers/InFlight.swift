import Contracts
import Synchronization

/// The verifications that handlers are busy with: the watcher leaves them alone. Empty after a start, on purpose.
final class InFlight: Sendable {
  /// Requests for each: a second one that is refused must not end the first one's claim.
  private let requests = Mutex<[VerificationID: Int]>([:])
  /// Called when one is let go.
  private let released: @Sendable () -> Void

  init(released: @escaping @Sendable () -> Void) { self.released = released }

  func insert(_ id: VerificationID) { requests.withLock { $0[id, default: 0] += 1 } }

  func remove(_ id: VerificationID) {
    requests.withLock { requests in
      let left = requests[id, default: 1] - 1
      requests[id] = left > 0 ? left : nil
    }
    released()
  }

  func contains(_ id: VerificationID) -> Bool { requests.withLock { $0[id] != nil } }
}
