import Daemon

extension RetrySchedule {
  /// What other senders of read receipts use: four attempts within four minutes.
  static let short = RetrySchedule(pauses: [0, 30, 60, 120].map { .seconds($0) })

  static let mostPauses = 50
  static let longestPause = Duration.seconds(7 * 86_400)

  /// `standard`, `short`, or the pause before each attempt such as `0s,5s,5m`. Nil for anything else.
  init?(text: String) {
    switch text {
    case "standard": self = .standard
    case "short": self = .short
    default:
      let parts = text.split(separator: ",", maxSplits: Self.mostPauses, omittingEmptySubsequences: false)
      let pauses = parts.compactMap { DurationText.parse(String($0)) }.filter { $0 <= Self.longestPause }
      guard (1...Self.mostPauses).contains(parts.count), pauses.count == parts.count else { return nil }
      self.init(pauses: pauses)
    }
  }
}
