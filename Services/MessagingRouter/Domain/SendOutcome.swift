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

/// What an error of Meta's means for more than the message it was about.
struct SendPause: Sendable, Equatable {
  var scope: SendErrorRule.Scope
  /// In milliseconds since 1970.
  var until: Int64
  var error: MessageError
  var needsAttention: Bool
}

/// Which outcome follows from what happened on the wire.
enum SendPolicy {
  /// Sends that Meta answered with a passing error, at most.
  static let attempts = 6
  /// Sends that never left: about seven hours of trying.
  static let unreachableAttempts = 100
  /// An hour, in milliseconds: no `Retry-After` is believed beyond it.
  static let longestPause: Int64 = 3_600_000

  /// Meta's answer was an error: the message was not accepted. `code` is Meta's; `attempts`, of which only those count
  /// that are not about the number's own pace, and `pairTries` count this send too.
  static func refused(
    _ error: MessageError, code: Int, retryAfter: Int64?, attempts: Int, pairTries: Int = 1, at now: Int64
  ) -> (outcome: SendOutcome, pause: SendPause?) {
    let rule = SendErrorTable.rule(for: code)
    let wait = min(retryAfter ?? 0, longestPause)
    let retry = rule?.retry ?? (error.isRetriable ? .backOff : .never)
    var pause = rule.flatMap { Self.pause($0, error, wait: wait, pairTries: pairTries, at: now) }
    // How long Meta wants to be left alone is said of the number, not of the one message.
    if pause == nil, retry == .backOff, wait > 0 {
      pause = SendPause(scope: .sender, until: now + wait, error: error, needsAttention: false)
    }
    switch retry {
    case .never, .nextDay: return (.failed(error), pause)
    case .once: return (again(error, wait, attempts, of: 2, at: now), pause)
    case .backOff: return (again(error, wait, attempts, of: Self.attempts, at: now), pause)
    case .afterPause, .pair: return (.retry(dueAt: pause?.until ?? now + backoff(attempts), error), pause)
    }
  }

  /// The same, told by a status webhook: the message is done for, what else waits may be concerned.
  static func pause(forMeta code: Int, _ error: MessageError, at now: Int64) -> SendPause? {
    guard let rule = SendErrorTable.rule(for: code) else { return nil }
    return pause(rule, error, wait: 0, pairTries: 1, at: now)
  }

  /// Meta has not answered several sends in a row: the number waits, and one message tries it then.
  static func silence(for milliseconds: Int64, at now: Int64) -> SendPause {
    let error = MessageError(
      code: "META_UNREACHABLE", message: "Meta, or what is on the way to it, has not answered the last sends.",
      nextStep: "Nothing: one message tries, then all go on. Check the network and Meta's status page if it lasts.",
      isRetriable: true)
    return SendPause(scope: .sender, until: now + milliseconds, error: error, needsAttention: true)
  }

  /// Whether a refusal uses up one of a message's tries. Those that only put it off do not.
  static func counts(_ error: MessageError) -> Bool {
    guard let code = error.metaCode else { return false }
    guard let rule = SendErrorTable.rule(for: code) else { return true }
    return rule.retry == .once || rule.retry == .backOff
  }

  /// Provably nothing left: safe to send again.
  static func notSent(_ why: String, attempts: Int, at now: Int64) -> SendOutcome {
    let error = MessageError(
      code: "META_UNREACHABLE", message: "Meta could not be reached: \(why)",
      nextStep: "Nothing: it is tried again. Check the network if it lasts.", isRetriable: true)
    guard attempts < unreachableAttempts else { return .failed(error) }
    return .retry(dueAt: now + backoff(attempts), error)
  }

  /// 4ⁿ seconds as Meta asks for pair-rate errors: 1, 4, 16, 64, then always 256 s.
  static func backoff(_ attempts: Int) -> Int64 {
    1000 << (2 * Int64(min(max(attempts - 1, 0), 4)))
  }

  private static func again(
    _ error: MessageError, _ wait: Int64, _ attempts: Int, of limit: Int, at now: Int64
  ) -> SendOutcome {
    attempts < limit ? .retry(dueAt: now + max(backoff(attempts), wait), error) : .failed(error)
  }

  private static func pause(
    _ rule: SendErrorRule, _ error: MessageError, wait: Int64, pairTries: Int, at now: Int64
  ) -> SendPause? {
    if rule.scope == .message { return nil }
    let length = rule.scope == .conversation ? PairRate.backOff(tries: pairTries) : rule.pause
    return SendPause(
      scope: rule.scope, until: now + max(length, wait), error: error, needsAttention: rule.needsAttention)
  }
}
