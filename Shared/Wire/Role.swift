/// What the holder of an API key may do; each role may do all that the ones before it may.
package enum Role: String, Codable, Sendable, CaseIterable, Comparable {
  /// Reads.
  case viewer
  /// Reads, sends, and runs the daily business.
  case `operator`
  /// Also changes senders, keys, endpoints and money matters.
  case admin

  /// Whether `left` may do less than `right`.
  package static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .viewer: 0
    case .operator: 1
    case .admin: 2
    }
  }
}
