/// When a message may be sent at the earliest, and how long it may wait.
enum SendTimes {
  /// In milliseconds.
  static let furthest: Int64 = 30 * 24 * 3_600_000
  static let lifetimeSeconds = 60...30 * 24 * 3_600

  enum Failure: Error, Equatable {
    case sendAt
    case expiry
  }

  /// Times in milliseconds; what is nil is not asked for.
  static func check(sendAt: Int64?, expiresInSeconds: Int?, at now: Int64) throws(Failure) {
    if let sendAt, sendAt <= now || sendAt > now + furthest { throw .sendAt }
    if let expiresInSeconds, !lifetimeSeconds.contains(expiresInSeconds) { throw .expiry }
  }
}
