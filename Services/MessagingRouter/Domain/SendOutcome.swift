import Contracts

/// What came of one send.
enum SendOutcome: Sendable, Equatable {
  /// Meta answered with its message id.
  case accepted(metaMessageID: String)
  /// It may have reached Meta. Only a status webhook tells; never resent by itself.
  case unknown(String)
  /// It did not reach Meta, or Meta refused it for now: queued again for `dueAt` (ms).
  case retry(dueAt: Int64, MessageError)
  case failed(MessageError)
}

/// Which outcome follows from what happened on the wire.
enum SendPolicy {
  static let attempts = 6

  /// Meta's answer was an error: the message was not accepted.
  static func refused(_ error: MessageError, mayRetry: Bool, retryAfter: Int64?, attempts: Int, at now: Int64)
    -> SendOutcome
  {
    guard mayRetry, attempts < Self.attempts else { return .failed(error) }
    return .retry(dueAt: now + max(backoff(attempts), retryAfter ?? 0), error)
  }

  /// Provably nothing left: safe to send again.
  static func notSent(_ why: String, attempts: Int, at now: Int64) -> SendOutcome {
    let error = MessageError(
      code: "META_UNREACHABLE", message: "Meta could not be reached: \(why)", isRetriable: true)
    guard attempts < Self.attempts else { return .failed(error) }
    return .retry(dueAt: now + backoff(attempts), error)
  }

  /// 4ⁿ seconds as Meta asks for pair-rate errors: 1, 4, 16, 64, 256 s.
  static func backoff(_ attempts: Int) -> Int64 {
    1000 << (2 * Int64(min(max(attempts - 1, 0), 4)))
  }
}
