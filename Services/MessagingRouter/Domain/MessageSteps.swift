import Contracts

/// Which steps of a message were told: a bit for each, so that a repeated one is known without a look elsewhere.
struct MessageSteps: OptionSet, Sendable {
  let rawValue: Int

  static let sent = MessageSteps(rawValue: 1)
  static let delivered = MessageSteps(rawValue: 2)
  static let read = MessageSteps(rawValue: 4)
  static let played = MessageSteps(rawValue: 8)
  static let failed = MessageSteps(rawValue: 16)
  static let expired = MessageSteps(rawValue: 32)
  static let cancelled = MessageSteps(rawValue: 64)

  init(rawValue: Int) { self.rawValue = rawValue }

  /// The bit of a step; none for what is no step that is told.
  init(_ status: MessageStatus) {
    switch status {
    case .sent: self = .sent
    case .delivered: self = .delivered
    case .read: self = .read
    case .played: self = .played
    case .failed: self = .failed
    case .expired: self = .expired
    case .cancelled: self = .cancelled
    case .received, .queued, .sending, .accepted, .unknown: self = []
    }
  }
}
