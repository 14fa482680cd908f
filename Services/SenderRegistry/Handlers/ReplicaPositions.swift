import Synchronization
import Transport
import Wire
import Workers

/// How far the other services' copies of the senders have come, as each says when it asks for more.
///
/// A call that is passed on waits until its owner has heard of the sender's last change, so that nobody meets a service
/// that does not know yet what was answered a moment ago.
struct ReplicaPositions: Sendable {
  /// As long as a call waits at most; then its owner answers with what it knows.
  static let patience = Duration.seconds(2)

  private final class Known: Sendable {
    let counters = Mutex<[ServiceName: Int64]>([:])
  }

  private let known = Known()
  private let heard: ChangeNotifier

  init(loop: EventLoop) { heard = ChangeNotifier(loop: loop) }

  /// A service has stored every change up to `counter`.
  func note(_ service: ServiceName, _ counter: Int64) {
    let isNews = known.counters.withLock { counters in
      defer { counters[service] = counter }
      return counters[service] != counter
    }
    if isNews { heard.announce() }
  }

  /// Returns once `service` has stored the change `counter`, or after `limit`.
  func wait(for service: ServiceName, toReach counter: Int64, atMost limit: Duration) async {
    let end = Deadline.after(min(limit, Self.patience))
    while true {
      let generation = heard.generation
      if known.counters.withLock({ $0[service] ?? 0 }) >= counter || end.hasPassed { return }
      guard await heard.wait(after: generation, atMost: end.remaining) else { return }
    }
  }

  /// Lets everybody go: the service stops.
  func close() { heard.close() }
}
