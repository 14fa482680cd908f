import Contracts
import Store

/// Deliveries of an ordered webhook with the same key go one after the other, in the order of their events: at most one
/// of them is `waiting`, the others are `behind` it. Whoever takes one out of the open states calls `advance` in the
/// same transaction.
extension DeliveryRow {
  private struct Turn {
    var id: String
    var position: Int64
    var isTaken: Bool
  }

  /// The state in which a delivery of an event is queued now, new ones and replays alike. One whose turn it was, and
  /// that is in nobody's hand, steps back behind an earlier one.
  static func openState(
    for webhook: WebhookRow, key: String?, position: Int64, _ connection: Connection
  ) throws -> Delivery.State {
    if webhook.pause != nil { return .held }
    guard let key else { return .waiting }
    if let turn = try turn(of: webhook.id, key, connection) {
      if turn.isTaken || turn.position < position { return .behind }
      try set(turn.id, to: .behind, connection)
    }
    let first = try first(of: webhook.id, key, connection)
    return first.map { $0.position < position } ?? false ? .behind : .waiting
  }

  /// Gives the turn to the earliest open delivery of a key, unless one is in hand; the turn of one that is held comes
  /// with the webhook's resumption. True when somebody has got the turn.
  @discardableResult
  static func advance(_ webhook: WebhookID, key: String, _ connection: Connection) throws -> Bool {
    let turn = try turn(of: webhook, key, connection)
    if turn?.isTaken ?? false { return false }
    guard let first = try first(of: webhook, key, connection) else { return false }
    if let turn {
      if turn.position < first.position { return false }
      // An earlier one was replayed while this one was in hand.
      try set(turn.id, to: .behind, connection)
    }
    guard first.state == .behind else { return false }
    try set(first.id, to: .waiting, connection)
    return true
  }

  private static func turn(of webhook: WebhookID, _ key: String, _ connection: Connection) throws -> Turn? {
    try connection.first(turnSQL, webhook.text, key) {
      Turn(id: try $0.text(0), position: try $0.int64(1), isTaken: !$0.isNull(2))
    }
  }

  /// The earliest of those whose turn it is not.
  private static func first(
    of webhook: WebhookID, _ key: String, _ connection: Connection
  ) throws -> (id: String, position: Int64, state: Delivery.State)? {
    try [Delivery.State.behind, .held].compactMap { state in
      try connection.first(Self.firstSQL(state), webhook.text, key) {
        (id: try $0.text(0), position: try $0.int64(1), state: state)
      }
    }.min { $0.position < $1.position }
  }

  private static func set(_ id: String, to state: Delivery.State, _ connection: Connection) throws {
    try connection.execute("UPDATE deliveries SET state = ? WHERE id = ?", state.rawValue, id)
  }

  /// The index's own condition, word for word, or SQLite would not use it.
  private static let isOpen = "state IN ('waiting', 'behind', 'held')"

  static let turnSQL = """
    SELECT id, position, taken_at FROM deliveries INDEXED BY deliveries_ordered
    WHERE webhook_id = ?1 AND order_key = ?2 AND state = 'waiting' AND \(isOpen)
    LIMIT 1
    """

  static func firstSQL(_ state: Delivery.State) -> String {
    """
    SELECT id, position FROM deliveries INDEXED BY deliveries_ordered
    WHERE webhook_id = ?1 AND order_key = ?2 AND state = '\(state.rawValue)' AND \(isOpen)
    ORDER BY position
    LIMIT 1
    """
  }
}
