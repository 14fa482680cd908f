/// When a delivery is tried again.
struct RetrySchedule: Sendable, Equatable {
  /// Pauses before each attempt, the first included: 0, 5 s, 5 m, 30 m, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h
  /// (Standard Webhooks' list: it outlasts a weekend).
  static let standard = RetrySchedule(
    pauses: [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].map { .seconds($0) })

  /// What a pause is multiplied with: endpoints that went down together do not come back to a stampede.
  static let jitter = 0.8...1.2

  var pauses: [Duration]

  /// What follows when the `attempts`-th attempt has failed.
  func afterFailure(attempts: Int, at now: Int64, jitter: Double) -> DeliveryNext {
    precondition(attempts > 0 && Self.jitter.contains(jitter), "an attempt was made, and jitter is 0.8 to 1.2")
    guard attempts < pauses.count else { return .exhausted }
    let (seconds, attoseconds) = pauses[attempts].components
    let milliseconds = Double(seconds) * 1000 + Double(attoseconds) / 1e15
    return .again(dueAt: now + Int64((milliseconds * jitter).rounded()))
  }
}
