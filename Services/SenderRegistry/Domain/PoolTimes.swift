import Contracts

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

  /// Reads Meta's `2026-11-22T10:00:00+0000`, or seconds since 1970; nil for anything else.
  static func parse(_ text: String?) -> Int64? {
    guard let text else { return nil }
    if let seconds = Int64(text), seconds > 0, seconds < 100_000_000_000 { return seconds * 1_000 }
    // Meta leaves out the colon of the offset.
    guard text.utf8.count == 24, let zone = text.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return nil }
    let offset = text[zone...]
    guard offset.utf8.count == 5 else { return nil }
    let spelled = text[..<zone] + offset.prefix(3) + ":" + offset.suffix(2)
    return try? Timestamp(parsing: String(spelled)).milliseconds
  }
}
