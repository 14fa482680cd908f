import GraphAPI

/// The two kinds of updates that are stored independently: neither waits for the other, and each keeps its order.
enum InboxLane: Int, CaseIterable, Sendable {
  /// What customers write, and everything else that is not a status. The numbers are bits of `inbox.lanes_done`.
  case messages = 1
  case statuses = 2

  var other: InboxLane { self == .messages ? .statuses : .messages }

  /// All bits: nothing of a body is left to do.
  static let all = 3

  init(of update: WebhookUpdate) {
    if case .status = update { self = .statuses } else { self = .messages }
  }
}
