import GraphAPI

/// How long Meta wants us to wait, from its header or its words: the figures have no field of their own (facts: the
/// code itself).
enum MetaWait {
  /// When Meta says nothing: its limits are hours, not seconds.
  static let silent: Int64 = 3_600_000
  private static let longest: Int64 = 72 * 3_600_000

  /// Milliseconds; nil when Meta says nothing.
  static func of(_ error: GraphError) -> Int64? {
    let texts = [error.userMessage, error.details, error.message]
    let said = error.retryAfterMilliseconds ?? texts.lazy.compactMap { $0.flatMap(parse) }.first
    return said.map { min(max($0, 1_000), longest) }
  }

  /// The same from its words alone: what goes with a refused code is no limit on the API.
  static func stated(_ error: GraphError) -> Int64? {
    let said = [error.userMessage, error.details].lazy.compactMap { $0.flatMap(parse) }.first
    return said.map { min(max($0, 1_000), longest) }
  }

  /// `Try again in 4 hours`, `wait 57 minutes`: the first number with a unit of time.
  static func parse(_ text: String) -> Int64? {
    let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }
    for (number, unit) in zip(words, words.dropFirst()) {
      guard number.utf8.count <= 4, let count = Int64(number), let length = length(unit) else { continue }
      return count * length
    }
    return nil
  }

  private static func length(_ word: Substring) -> Int64? {
    switch word {
    case "second", "seconds", "sec", "secs": 1_000
    case "minute", "minutes", "min", "mins": 60_000
    case "hour", "hours", "hr", "hrs": 3_600_000
    case "day", "days": 86_400_000
    default: nil
    }
  }
}
