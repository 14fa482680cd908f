import Contracts
import JSON
import Store

/// Reading an account's events by their position.
struct EventStream: Sendable {
  var account: String
  /// Sorted and not empty.
  var types: [PlatformEvent.Kind]
  var sender: SenderID?
  var limit: Int

  /// Positions that one read looks at where it looks for a sender: some ten milliseconds.
  static let stretch: Int64 = 100_000
  /// Bytes of bodies in one answer; a single event may be larger. A frame holds 1 MiB, and JSON in JSON grows a little.
  static let mostBytes = 512 << 10

  struct Found: Sendable {
    var events: [PlatformEvent]
    /// Everything up to here has been looked at.
    var through: Int64
    /// Whether there is more to look at beyond.
    var isBehind: Bool
  }

  static let positionsSQL = """
    SELECT position FROM events INDEXED BY events_by_type
    WHERE account_id = ?1 AND type = ?2 AND position > ?3 AND position <= ?4
    ORDER BY position LIMIT ?5
    """
  static let positionsOfSenderSQL = """
    SELECT position FROM events INDEXED BY events_by_type
    WHERE account_id = ?1 AND type = ?2 AND position > ?3 AND position <= ?4 AND sender_id = ?6
    ORDER BY position LIMIT ?5
    """

  /// The events after a position, in order. Throws `CURSOR_INVALID` for one that was never given.
  func read(after: Int64, _ connection: Connection) throws -> Found {
    guard try after <= EventRow.newest(connection) else { throw Self.unknownCursor }
    // The account's own: how much others do shows in no cursor.
    let newest = max(after, try Self.newest(of: account, connection))
    let end = sender == nil ? newest : min(newest, after + Self.stretch)
    var positions: [Int64] = []
    // One step in the index for each type, and no sorting of what is not shown.
    for type in types {
      var values: [any SQLConvertible] = [account, type.rawValue, after, end, limit]
      if let sender { values.append(sender.text) }
      positions += try connection.all(
        sender == nil ? Self.positionsSQL : Self.positionsOfSenderSQL, values: values
      ) { try $0.int64(0) }
    }
    positions.sort()
    var found = Found(events: [], through: end, isBehind: end < newest)
    if positions.count >= limit {
      positions.removeLast(positions.count - limit)
      found.through = positions.last ?? end
      found.isBehind = true
    }
    var bytes = 0
    for position in positions {
      guard let (event, size) = try Self.event(at: position, connection) else { continue }
      bytes += size
      if bytes > Self.mostBytes, !found.events.isEmpty {
        found.through = position - 1
        found.isBehind = true
        break
      }
      found.events.append(event)
    }
    return found
  }

  private static func newest(of account: String, _ connection: Connection) throws -> Int64 {
    try PlatformEvent.Kind.allCases.compactMap { type in
      try connection.first(
        "SELECT max(position) FROM events INDEXED BY events_by_type WHERE account_id = ? AND type = ?", account,
        type.rawValue, map: { try $0.optionalInt64(0) }) ?? nil
    }.max() ?? 0
  }

  private static func event(at position: Int64, _ connection: Connection) throws -> (PlatformEvent, Int)? {
    try connection.first(
      "SELECT id, type, sender_id, conversation_id, occurred_at, body FROM events WHERE position = ?", position
    ) { row in
      let body = try row.blob(5)
      let event = PlatformEvent(
        id: EventID(trusted: try row.text(0)), type: PlatformEvent.Kind(rawValue: try row.text(1)) ?? .messageStatus,
        senderID: try row.optionalText(2).map { SenderID(trusted: $0) },
        conversationID: try row.optionalText(3).map { ConversationID(trusted: $0) },
        occurredAt: Timestamp(milliseconds: try row.int64(4)), data: try JSONValue(parsing: body))
      return (event, body.count)
    }
  }
}
