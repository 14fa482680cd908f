/// The times of a number verified in advance, in milliseconds (facts: pre-verified numbers).
enum PoolTimes {
  static let day: Int64 = 86_400_000
  /// A verification lasts this long unless the number is claimed.
  static let life = 90 * day
  /// Before its end Meta takes another verification.
  static let reverify = 45 * day
  /// Before its end the account is warned.
  static let warning = 14 * day

  /// A number that Meta's list lacks this long has left it: a signup that claims one is heard of within a minute.
  static let absence: Int64 = 600_000
}
