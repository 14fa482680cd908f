/// How it went with a webhook so far, and when its owner is told or it is paused: by time, never by a count alone.
struct EndpointHealth: Sendable, Equatable {
  /// A webhook is paused when it has taken nothing for so long, in milliseconds, in so many attempts at least.
  static let patience: Int64 = 5 * 86_400_000
  static let failuresToPause = 10
  /// The owner has known of the pause for so long before it comes.
  static let notice: Int64 = 6 * 3_600_000
  /// After so long without an attempt nothing is known of the time between: it fails from now on. Longer than the
  /// longest pause of the standard schedule.
  static let quiet: Int64 = 30 * 3_600_000
  /// The owner is told when it has failed so often and for so long.
  static let failuresToTell = 5
  static let tellAfter: Int64 = 5 * 60_000
  /// The last success is stored no more often than this, in milliseconds: the row would be written all the time.
  static let successGrain: Int64 = 10_000

  /// What `told` is when the owner was told of something that is over, and hears when it takes events again.
  static let owesRecovery = -1

  /// The first failure since the last success.
  var failingSince: Int64?
  var failures = 0
  var lastFailureAt: Int64?
  /// What the owner was told: 0 nothing, 1 that it fails, 2 that it will be paused; see `owesRecovery`.
  var told = 0
  /// When the owner was told that it will be paused.
  var toldAt: Int64?
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

  /// When it is paused if nothing changes.
  var pausesAt: Int64? { failingSince.map { max($0 + Self.patience, toldAt.map { $0 + Self.notice } ?? 0) } }

  mutating func succeeded(at now: Int64) -> News? {
    let news: News? = told != 0 ? .recovered : nil
    let isOld = lastSuccessAt.map { now - $0 >= Self.successGrain || now < $0 } ?? true
    if isOld || failingSince != nil { lastSuccessAt = now }
    restart()
    told = 0
    return news
  }

  mutating func failed(at now: Int64, isGone: Bool = false) -> News? {
    if let lastFailureAt, now - lastFailureAt > Self.quiet { restart() }
    lastFailureAt = now
    // A clock that was set back: it has not failed, and nobody has known, for longer than that.
    let since = min(failingSince ?? now, now)
    failingSince = since
    toldAt = toldAt.map { min($0, now) }
    failures += 1
    if isGone { return .pausedGone }
    let elapsed = now - since
    if elapsed >= Self.patience, failures >= Self.failuresToPause, let toldAt, now - toldAt >= Self.notice {
      return .pausedFailing
    }
    guard failures >= Self.failuresToTell else { return nil }
    if told < 2, elapsed >= Self.patience / 2 {
      told = 2
      toldAt = now
      return .halfWay
    }
    if told < 1, elapsed >= Self.tellAfter {
      told = 1
      return .failing
    }
    return nil
  }

  /// What was held against it is of the past: it fails from now on, or not at all.
  mutating func restart() {
    failingSince = nil
    failures = 0
    lastFailureAt = nil
    toldAt = nil
    if told != 0 { told = Self.owesRecovery }
  }
}
