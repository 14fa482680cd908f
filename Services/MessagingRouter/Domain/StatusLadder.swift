import Contracts

/// Whether a message's status may change: it only moves forward; late and repeated news are stored, not applied.
enum StatusLadder {
  /// The status after hearing `news`, or nil when it stays.
  static func advance(_ current: MessageStatus, to news: MessageStatus) -> MessageStatus? {
    switch (current, news) {
    case (.failed, _), (.expired, _), (.cancelled, _), (.received, _): nil
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
