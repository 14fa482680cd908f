import Wire

/// When a failed call is tried again, and after which pause. Pure; PROTOCOL.md gives the rules.
struct PeerRetryPolicy {
  static let mostTries = 3
  static let pauses: ClosedRange<Double> = 0.02...0.5

  /// The call is idempotent or carries a key, so that doing it twice is as good as once.
  let mayRepeat: Bool

  /// The pause before try `attempt + 1`, or nil when `failure` is final. `jitter` is from 0 to 1.
  func pause(after failure: CallFailure, attempt: Int, left: Duration, jitter: Double) -> Duration? {
    guard attempt < Self.mostTries, failure.relayed != true, failure.retry != .never,
      failure.started == false || mayRepeat
    else { return nil }
    switch failure.code {
    case .deadlineExceeded, .cancelled: return nil
    default: break
    }
    let longest = min(Self.pauses.upperBound, Self.pauses.lowerBound * Double(1 << attempt))
    var seconds = longest * jitter
    if case .afterMilliseconds(let milliseconds) = failure.retry { seconds += Double(milliseconds) / 1e3 }
    let pause = Duration.seconds(seconds)
    return pause < left ? pause : nil
  }
}
