import Contracts

/// What accounts and keys may be like.
enum AccessRules {
  /// Keys of an account that work at the same time.
  static let liveKeys = 200
  /// Keys of an account that have ended and are still listed.
  static let endedKeys = 1_000
  /// The most a key may be allowed, by the operator.
  static let mostPerSecond = 100_000
  /// Five years, leap days left out.
  static let longestLife: Int64 = 5 * 365 * 86_400_000

  /// The name of an account or a key without white space around it; nil unless it has 1 to 80 characters that show.
  static func name(_ input: String) -> String? {
    let name = String(input.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    guard (1...80).contains(name.count), name.utf8.count <= 320 else { return nil }
    let hidden = name.unicodeScalars.contains { scalar in
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: true
      // The joiners of some scripts and of emoji belong to names.
      case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
      default: false
      }
    }
    return hidden ? nil : name
  }

  /// Whether a key may expire then.
  static func isExpiry(_ moment: Timestamp, now: Int64) -> Bool {
    moment.milliseconds > now && moment.milliseconds <= now + longestLife
  }
}
