/// Where a message is on its way. It only moves forward; `failed` may follow any but `read` and `played`.
package enum MessageStatus: String, Codable, Sendable, CaseIterable {
  /// Inbound: stored. Never an outbound status.
  case received
  case queued
  /// Committed before the first byte leaves.
  case sending
  /// Meta answered 200.
  case accepted
  /// The send may or may not have reached Meta; the status webhook settles it. Never resent by itself.
  case unknown
  case sent
  case delivered
  case read
  case played
  case failed
  /// Its time was over before it could be sent: it never reached Meta.
  case expired
  /// Called off before it was sent.
  case cancelled

  /// The ladder's order: a status with a lower rank never replaces a higher one.
  package var rank: Int {
    switch self {
    case .received, .queued: 0
    case .sending: 1
    case .unknown: 2
    case .accepted: 3
    case .sent: 4
    case .delivered: 5
    case .read: 6
    case .played: 7
    case .failed, .expired, .cancelled: 8
    }
  }
}
