import Contracts
import GraphAPI

/// Why a number could not be read.
enum ReadFailure: Equatable {
  /// Says nothing about the number.
  case unreachable(String)
  /// Meta wants to be asked later; when, in milliseconds, if it said so.
  case throttled(afterMilliseconds: Int64?)
  /// The token is refused.
  case token
  /// The number is gone or forbidden.
  case refused(SenderReason, isPolicy: Bool)

  init(_ failure: GraphFailure) {
    guard case .answered(let error) = failure else {
      self = .unreachable(failure.message)
      return
    }
    let words = error.userMessage ?? error.details ?? error.message
    switch error.code {
    case 4, 613, 80_007:
      self = .throttled(afterMilliseconds: error.retryAfterMilliseconds ?? error.usage?.regainMilliseconds)
    case _ where error.isTokenProblem: self = .token
    case _ where error.isTransient: self = .unreachable(error.summary)
    case 33, 100: self = .refused(.numberGone, isPolicy: false)
    case 3, 10, 200...299, 131_005: self = .refused(.readForbidden(words), isPolicy: false)
    case 368, 130_497, 131_031: self = .refused(.accountLocked(words), isPolicy: true)
    default: self = .unreachable(error.summary)
    }
  }
}

/// Failures of one kind in a row.
struct FailureTally: Equatable {
  var count = 0
  /// When the first of them was.
  var since: Int64 = 0

  mutating func add(now: Int64) {
    // A clock that was set back must not make them look older than they are.
    if count == 0 || since > now { since = now }
    count += 1
  }

  /// Whether there are `times` of them over at least `milliseconds`: one bad moment proves nothing.
  func proves(times: Int, over milliseconds: Int64, now: Int64) -> Bool {
    count >= times && now - since >= milliseconds
  }
}

/// What has gone wrong with reading a sender since it last went well, and what follows from the next failure.
struct ReadFailures: Equatable {
  var unreachable = FailureTally()
  var token = FailureTally()
  var refused = FailureTally()

  /// What a failure comes to.
  enum Verdict: Equatable {
    /// Ask again; nothing is proven.
    case wait
    /// The sender keeps its state, with a warning.
    case warn(since: Int64, String)
    case change(SenderEvent)
    /// Leave the account in peace for so many milliseconds.
    case backOff(Int64?)
  }

  mutating func add(_ failure: ReadFailure, _ rules: ReadRules, now: Int64) -> Verdict {
    switch failure {
    case .throttled(let wait):
      return .backOff(wait)
    case .unreachable(let words):
      unreachable.add(now: now)
      return unreachable.proves(times: rules.failures, over: 2 * rules.interval, now: now)
        ? .warn(since: unreachable.since, words) : .wait
    case .token:
      // Meta has answered.
      unreachable = FailureTally()
      token.add(now: now)
      return token.proves(times: rules.tokenFailures, over: rules.tokenPeriod, now: now)
        ? .change(.tokenRefused) : .wait
    case .refused(let reason, let isPolicy):
      unreachable = FailureTally()
      refused.add(now: now)
      return refused.proves(times: rules.failures, over: 2 * rules.interval, now: now)
        ? .change(.readRefused(reason, isPolicy: isPolicy)) : .wait
    }
  }

  /// How soon to ask again: a refused token is looked at early, so that a broken sender does not look well for long.
  func pause(after failure: ReadFailure, _ rules: ReadRules, jitter: Double) -> Int64 {
    guard case .token = failure else { return ReadPlan.spread(rules.interval, jitter) }
    let step = rules.tokenPeriod / Int64(max(1, rules.tokenFailures - 1))
    // Never earlier: the last of them must come after the whole period.
    return min(rules.interval, max(1, Int64(Double(step) * (1.01 + 0.1 * jitter))))
  }
}

/// How many failures over how long prove something. Times in milliseconds.
struct ReadRules: Equatable {
  var interval: Int64 = 300_000
  var failures = 3
  var tokenFailures = 3
  var tokenPeriod: Int64 = 120_000
}
