import Contracts

/// How often Meta is asked for a sender's state: only when something can have changed.
enum ReadPlan: Equatable {
  /// There is nothing to ask with, or nothing that an answer could change.
  case never
  /// Switched off by hand: what Meta thinks matters little.
  case rarely
  case regularly

  /// Times the interval for a sender that is switched off.
  static let rareFactor: Int64 = 12

  init(_ condition: SenderCondition, isEnabled: Bool, hasCredentials: Bool) {
    switch condition.status {
    // An onboarding asks by itself; one that failed waits for a person.
    case .pending, .connecting, .failed: self = .never
    case .online, .offline, .suspended:
      // A refused token stays refused.
      if !hasCredentials || condition.needsReconnect { self = .never } else { self = isEnabled ? .regularly : .rarely }
    }
  }

  /// When to ask again after an answer, in milliseconds from now. Jittered by a tenth, so that senders stay spread.
  func pause(interval: Int64, jitter: Double) -> Int64? {
    switch self {
    case .never: nil
    case .rarely: Self.spread(interval * Self.rareFactor, jitter)
    case .regularly: Self.spread(interval, jitter)
    }
  }

  /// `milliseconds` times 0.9 to 1.1, for a jitter of 0 to 1.
  static func spread(_ milliseconds: Int64, _ jitter: Double) -> Int64 {
    max(1, Int64(Double(milliseconds) * (0.9 + 0.2 * jitter)))
  }
}
