/// When a delivery is tried again.
struct RetrySchedule: Sendable, Equatable {
  /// Pauses before each attempt, the first included: 0, 5 s, 5 m, 30 m, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h
  /// (Standard Webhooks' list: it outlasts a weekend).
  static let standard = RetrySchedule(
    pauses: [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].map { .seconds($0) })

  /// What the product's page promises: at once, then after 30, 60 and 120 s.
  static let short = RetrySchedule(pauses: [0, 30, 60, 120].map { .seconds($0) })

  static let mostPauses = 50
  static let longestPause = Duration.seconds(7 * 86_400)

  /// The longest that a receiver's wish adds to a pause of ours, in milliseconds.
  static let longestWish: Int64 = 3_600_000

  /// What a pause is multiplied with: endpoints that went down together do not come back to a stampede.
  static let jitter = 0.8...1.2

  var pauses: [Duration]

  init(pauses: [Duration]) { self.pauses = pauses }

  /// What follows when the `attempts`-th attempt has failed. `asked` is what the receiver asked for with `Retry-After`,
  /// in milliseconds: it makes a pause longer, at most twice as long and by no more than an hour, and never shorter.
  func afterFailure(attempts: Int, at now: Int64, jitter: Double, asked: Int64? = nil) -> DeliveryNext {
    precondition(attempts > 0 && Self.jitter.contains(jitter), "an attempt was made, and jitter is 0.8 to 1.2")
    guard attempts < pauses.count else { return .exhausted }
    let (seconds, attoseconds) = pauses[attempts].components
    let base = Int64(((Double(seconds) * 1000 + Double(attoseconds) / 1e15) * jitter).rounded())
    let wish = min(asked ?? 0, base * 2, Self.longestWish)
    return .again(dueAt: now + max(base, wish))
  }
}
