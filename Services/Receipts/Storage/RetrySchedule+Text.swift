import Daemon

extension RetrySchedule {
  /// `standard`, `short`, or 1 to 50 pauses of at most 7 days each, such as `0s,5s,5m`; nil for anything else.
  init?(text: String) {
    switch text {
    case "standard": self = .standard
    case "short": self = .short
    default:
      let words = text.split(separator: ",", omittingEmptySubsequences: false)
      guard words.count <= Self.mostPauses else { return nil }
      var pauses: [Duration] = []
      for word in words {
        guard let pause = DurationText.parse(String(word.filter { $0 != " " })), pause <= Self.longestPause else {
          return nil
        }
        pauses.append(pause)
      }
      self.init(pauses: pauses)
    }
  }
}
