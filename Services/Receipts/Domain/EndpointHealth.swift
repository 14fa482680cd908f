/// How it went with a webhook so far, and when its owner is told or it is paused: by time, never by a count alone.
struct EndpointHealth: Sendable, Equatable {
  /// A webhook is paused when it has taken nothing for so long, in milliseconds, in so many attempts at least.
  static let patience: Int64 = 5 * 86_400_000
  static let failuresToPause = 10
  /// The owner is told when it has failed so often and for so long.
  static let failuresToTell = 5
  static let tellAfter: Int64 = 5 * 60_000
  /// The last success is stored no more often than this, in milliseconds: the row would be written all the time.
  static let successGrain: Int64 = 10_000

  /// The first failure since the last success.
  var failingSince: Int64?
  var failures = 0
  /// What the owner was told: 0 nothing, 1 that it fails, 2 that it will be paused.
  var told = 0
  var lastSuccessAt: Int64?

  /// What the owner hears of it.
  enum News: Sendable, Equatable {
    case failing
    /// Half of the patience is over.
    case halfWay
    case recovered
    case pausedGone
    case pausedFailing
  }

  mutating func succeeded(at now: Int64) -> News? {
    let news: News? = told > 0 ? .recovered : nil
    let isOld = lastSuccessAt.map { now - $0 >= Self.successGrain || now < $0 } ?? true
    if isOld || failingSince != nil { lastSuccessAt = now }
    failingSince = nil
    failures = 0
    told = 0
    return news
  }

  mutating func failed(at now: Int64, isGone: Bool = false) -> News? {
    // A clock that was set back: it has not failed for longer than that.
    let since = min(failingSince ?? now, now)
    failingSince = since
    failures += 1
    if isGone { return .pausedGone }
    let elapsed = now - since
    if elapsed >= Self.patience, failures >= Self.failuresToPause { return .pausedFailing }
    guard failures >= Self.failuresToTell else { return nil }
    if told < 2, elapsed >= Self.patience / 2 {
      told = 2
      return .halfWay
    }
    if told < 1, elapsed >= Self.tellAfter {
      told = 1
      return .failing
    }
    return nil
  }
}
