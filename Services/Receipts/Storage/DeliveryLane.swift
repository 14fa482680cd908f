/// Which deliveries wait for the same turn. Each lane has its own index, which its queries name: a plan that does not
/// use it is an error, not a slow surprise with a million rows.
enum DeliveryLane: String, Sendable, CaseIterable {
  /// Never attempted: goes first.
  case new
  /// Attempted and failed.
  case retry
  /// Asked for once more: goes last.
  case replay

  var index: String { "deliveries_\(rawValue)" }

  /// The index's own condition, word for word, or SQLite would not use it.
  var isWaiting: String {
    switch self {
    case .new: "state = 'waiting' AND taken_at IS NULL AND attempts = 0 AND is_replay = 0"
    case .retry: "state = 'waiting' AND taken_at IS NULL AND attempts > 0 AND is_replay = 0"
    case .replay: "state = 'waiting' AND taken_at IS NULL AND is_replay = 1"
    }
  }
}
