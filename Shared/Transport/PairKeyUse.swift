import Synchronization
package import Telemetry
import Wire

/// Which pair keys this process and its peers proved themselves with since it started: before an old key is removed,
/// an operator sees here that nobody uses it.
package final class PairKeyUse: Sendable {
  /// Who dialled.
  package enum Side: String, Sendable { case accepted, dialled }

  /// Connections that were made with one key on one side.
  package struct Count: Sendable, Equatable {
    /// Open now.
    package var open = 0
    /// Since the start.
    package var total = 0
    /// When the last one was made, in milliseconds since 1970.
    package var lastAt: Int64?
  }

  private struct Place: Hashable {
    let keyID: String
    let side: Side
  }

  private let metrics: Metrics
  private let clock: WallClock
  /// Bounded: only keys of the key file can be proven.
  private let counts = Mutex<[Place: Count]>([:])

  /// Counts into `metrics` as well.
  package init(metrics: Metrics, clock: WallClock) {
    self.metrics = metrics
    self.clock = clock
  }

  /// The connections of a key on a side.
  package func count(_ keyID: String, _ side: Side) -> Count {
    counts.withLock { $0[Place(keyID: keyID, side: side)] ?? Count() }
  }

  func opened(_ agreement: HandshakeStep.Agreement, _ side: Side) {
    let now = clock.now
    counts.withLock { counts in
      counts[Place(keyID: agreement.keyID, side: side), default: Count()].open += 1
      counts[Place(keyID: agreement.keyID, side: side), default: Count()].total += 1
      counts[Place(keyID: agreement.keyID, side: side), default: Count()].lastAt = now
    }
    metrics.counter(
      "wss_rpc_authenticated_total", "Connections proven, by the pair key they were proven with.",
      labels: ["peer": agreement.peer.rawValue, "key": agreement.keyID, "side": side.rawValue]
    ).increment()
  }

  func closed(_ agreement: HandshakeStep.Agreement, _ side: Side) {
    counts.withLock { $0[Place(keyID: agreement.keyID, side: side), default: Count()].open -= 1 }
  }
}
