/// Why an engine has no transcript. The description is one line and holds nothing of what was said.
package enum TranscriberFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// The time limit was reached.
  case timedOut
  /// No connection, or it broke before the answer.
  case unreachable(String)
  /// Too many recordings wait for this engine already.
  case overloaded
  /// The server answered with an error; status 200 where it hid the error in a success.
  case refused(status: Int, String)
  /// An answer came, but no transcript can be read from it.
  case unreadable(String)
  /// The program could not be started.
  case notStarted(String)
  /// The program ended with a failure, or did what it may not.
  case failed(String)
  /// Whoever asked does not want to know any more.
  case stopped

  /// Stable, for metrics and logs.
  package var code: String {
    switch self {
    case .timedOut: "TIMED_OUT"
    case .unreachable: "UNREACHABLE"
    case .overloaded: "OVERLOADED"
    case .refused: "REFUSED"
    case .unreadable: "UNREADABLE"
    case .notStarted: "NOT_STARTED"
    case .failed: "FAILED"
    case .stopped: "STOPPED"
    }
  }

  package var description: String {
    switch self {
    case .timedOut: "no answer within the time limit"
    case .unreachable(let why): "cannot be reached: \(FailureLine.of(why))"
    case .overloaded: "too many recordings wait already"
    case .refused(let status, let why): "refused with status \(status): \(FailureLine.of(why))"
    case .unreadable(let why): "cannot be read: \(FailureLine.of(why))"
    case .notStarted(let why): "cannot be started: \(FailureLine.of(why))"
    case .failed(let why): "failed: \(FailureLine.of(why))"
    case .stopped: "stopped"
    }
  }
}
