import Contracts

/// Whether a message's status may change: it only moves forward; late and repeated news are stored, not applied.
enum StatusLadder {
  /// The status after hearing `news`, or nil when it stays. `isGuess` says that somebody decided the present one
  /// without knowing: what Meta tells is proof and beats it.
  static func advance(_ current: MessageStatus, to news: MessageStatus, isGuess: Bool = false) -> MessageStatus? {
    switch (current, news) {
    case (.failed, .failed): nil
    case (.failed, _) where isGuess && news.rank >= MessageStatus.sent.rank: news
    case (.failed, _), (.expired, _), (.cancelled, _), (.received, _): nil
    // Only what never left can run out of time or be called off.
    case (.queued, .expired), (.queued, .cancelled): news
    case (_, .expired), (_, .cancelled): nil
    // A message that was read has arrived, whatever comes after.
    case (.read, .failed), (.played, .failed): nil
    case (_, .failed): .failed
    default: news.rank > current.rank ? news : nil
    }
  }

  /// The steps to tell a business when `news` is heard: Meta may leave out `delivered` when the user reads at
  /// once, and it is made up for, marked so.
  static func steps(for news: MessageStatus, hasDelivered: Bool) -> [(status: MessageStatus, isSynthesized: Bool)] {
    switch news {
    case .read where !hasDelivered, .played where !hasDelivered: [(.delivered, true), (news, false)]
    default: [(news, false)]
    }
  }
}
