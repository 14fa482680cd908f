import Synchronization

/// How often requests without the carrier's signature are told of in the log: anybody can send them, so one line in ten
/// seconds, with the number of those that had none since. The metric counts them all.
final class UnsignedRequests: Sendable {
  static let pause: Int64 = 10_000

  private struct State {
    var saidAt: Int64?
    var others = 0
  }

  private let state = Mutex(State())

  /// Nil when this request gets no line; otherwise how many others had none since the last.
  func admit(at now: Int64) -> Int? {
    state.withLock { state in
      // A clock that was set back is no reason for silence.
      if let saidAt = state.saidAt, saidAt <= now, now < saidAt + Self.pause {
        state.others += 1
        return nil
      }
      defer { state = State(saidAt: now) }
      return state.others
    }
  }
}
