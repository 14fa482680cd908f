import Contracts

/// Who may be sent a test now: one of a webhook at a time, and a few a minute, so that nobody makes this platform
/// knock at a stranger's door without end.
struct TestGate: Sendable {
  static let perMinute = 10
  /// Of all webhooks of an account: their number is no way around the other limit.
  static let perMinuteOfAccount = 60
  /// Webhooks remembered; beyond it no new one is tested until the oldest are forgotten, which takes a minute at most.
  static let remembered = 10_000
  /// After this a test that never gave its place back is over (ms): longer than a test can take.
  static let longest: Int64 = 60_000

  enum Answer: Sendable, Equatable {
    case granted
    /// One is under way.
    case running
    /// Not before this moment (ms).
    case until(Int64)
  }

  private struct Place {
    var begun: [Int64] = []
    var runningSince: Int64?
  }

  private var places: [WebhookID: Place] = [:]
  /// When tests of an account began; as many accounts at most as webhooks have places.
  private var begunByAccount: [String: [Int64]] = [:]

  /// Takes the webhook's place, which `finish` gives back.
  mutating func take(_ webhook: WebhookID, of account: String, at now: Int64) -> Answer {
    if places[webhook] == nil, places.count >= Self.remembered {
      places = places.filter { Self.isOfUse($0.value, at: now) }
      begunByAccount = begunByAccount.filter { !Self.lately($0.value, at: now).isEmpty }
      if places.count >= Self.remembered { return .until(now + 60_000) }
    }
    var place = places[webhook] ?? Place()
    if let since = place.runningSince, (0..<Self.longest).contains(now - since) { return .running }
    place.begun = Self.lately(place.begun, at: now)
    if place.begun.count >= Self.perMinute, let first = place.begun.first { return .until(first + 60_000) }
    var begun = Self.lately(begunByAccount[account] ?? [], at: now)
    if begun.count >= Self.perMinuteOfAccount, let first = begun.first { return .until(first + 60_000) }
    begun.append(now)
    begunByAccount[account] = begun
    place.begun.append(now)
    place.runningSince = now
    places[webhook] = place
    return .granted
  }

  mutating func finish(_ webhook: WebhookID) { places[webhook]?.runningSince = nil }

  /// What was begun within a minute. A clock that was set back counts it as begun now at the latest.
  private static func lately(_ begun: [Int64], at now: Int64) -> [Int64] {
    begun.map { min($0, now) }.filter { now - $0 < 60_000 }
  }

  private static func isOfUse(_ place: Place, at now: Int64) -> Bool {
    place.runningSince.map { now - $0 < longest } ?? false || place.begun.contains { now - $0 < 60_000 }
  }
}
