import Contracts
import GraphAPI

/// What came of one send.
enum SendOutcome: Sendable, Equatable {
  /// Meta answered with its message id.
  case accepted(AcceptedMessage)
  /// It may have reached Meta. Only a status webhook tells; never resent by itself.
  case unknown(String)
  /// It did not reach Meta, or Meta refused it for now: queued again for `dueAt` (ms).
  case retry(dueAt: Int64, MessageError)
  case failed(MessageError)
}

/// Which outcome follows from what happened on the wire.
enum SendPolicy {
  /// Sends that Meta answered with an error, at most.
  static let attempts = 6
  /// Sends that never left: about seven hours of trying.
  static let unreachableAttempts = 100
  /// An hour, in milliseconds: no `Retry-After` is believed beyond it.
  static let longestPause: Int64 = 3_600_000

  /// Meta's answer was an error: the message was not accepted. `code` is Meta's.
  static func refused(
    _ error: MessageError, code: Int, mayRetry: Bool, retryAfter: Int64?, attempts: Int, at now: Int64
  ) -> SendOutcome {
    // Code 1 is "unknown or invalid": worth one more try, not six.
    guard mayRetry, attempts < (code == 1 ? 2 : Self.attempts) else { return .failed(error) }
    return .retry(dueAt: now + max(backoff(attempts), min(retryAfter ?? 0, longestPause)), error)
  }

  /// Provably nothing left: safe to send again.
  static func notSent(_ why: String, attempts: Int, at now: Int64) -> SendOutcome {
    let error = MessageError(
      code: "META_UNREACHABLE", message: "Meta could not be reached: \(why)", isRetriable: true)
    guard attempts < unreachableAttempts else { return .failed(error) }
    return .retry(dueAt: now + backoff(attempts), error)
  }

  /// 4ⁿ seconds as Meta asks for pair-rate errors: 1, 4, 16, 64, then always 256 s.
  static func backoff(_ attempts: Int) -> Int64 {
    1000 << (2 * Int64(min(max(attempts - 1, 0), 4)))
  }
}
