import Contracts
import JSON
import Store
import Wire

/// The recipients of a broadcast as people see them: a recipient's own row until it has a message, then the message's
/// status. Every list is a walk along an index, however many there are.
enum RecipientList {
  /// Where recipients of a state are found.
  private enum Source: Sendable {
    /// Without a message.
    case own(String)
    /// With a message of this status.
    case messages(String)
  }

  /// Where a page ends: the source, and the place in it.
  private struct Position {
    var source = 0
    var place: Int64 = 0

    var text: String { "\(source) \(place)" }

    init(_ text: String?) throws(CallFailure) {
      guard let text else { return }
      let parts = text.split(separator: " ").compactMap { Int64($0) }
      guard parts.count == 2, (0..<16).contains(parts[0]) else {
        throw .invalidArgument("CURSOR_INVALID", "cursor is the next_cursor of an earlier page", field: "cursor")
      }
      source = Int(parts[0])
      place = parts[1]
    }
  }

  static func page(
    of row: BroadcastRow, state: BroadcastRecipient.State?, cursor: String?, limit: Int, _ connection: Connection
  ) throws -> Page<BroadcastRecipient> {
    var position = try Position(try PageRequest.position(cursor))
    let sources = sources(of: state, row.broadcast.state)
    var found: [(position: Position, recipient: BroadcastRecipient)] = []
    while position.source < sources.count, found.count <= limit {
      let rest = try read(
        sources[position.source], of: row, after: position.place, limit: limit + 1 - found.count, connection)
      for (place, recipient) in rest {
        position.place = place
        found.append((position, recipient))
      }
      if found.count <= limit {
        position.source += 1
        position.place = 0
      }
    }
    let data = found.prefix(limit)
    return Page(
      data: data.map(\.recipient),
      nextCursor: found.count > limit ? data.last.map { PageRequest.cursor($0.position.text) } : nil)
  }

  private static func sources(of state: BroadcastRecipient.State?, _ broadcast: Broadcast.State) -> [Source?] {
    switch state {
    case nil: [nil]
    // Nobody waits in a broadcast that was called off.
    case .pending: broadcast == .cancelled ? [] : [.own("pending")]
    case .cancelled: [.messages("cancelled")] + (broadcast == .cancelled ? [.own("pending")] : [])
    case .skipped: [.own("skipped")]
    case .queued: [.messages("queued"), .messages("sending")]
    case .sent: [.messages("accepted"), .messages("sent")]
    case .delivered: [.messages("delivered")]
    case .read: [.messages("read"), .messages("played")]
    case .failed: [.messages("failed")]
    case .unknown: [.messages("unknown")]
    case .expired: [.messages("expired")]
    }
  }

  private static let columns =
    "r.recipient, r.name, r.variables, r.state, r.reason, r.message_id, m.status, m.error_code"

  private static func read(
    _ source: Source?, of row: BroadcastRow, after place: Int64, limit: Int, _ connection: Connection
  ) throws -> [(place: Int64, recipient: BroadcastRecipient)] {
    let isCancelled = row.broadcast.state == .cancelled
    let map = { (found: Row) in (try found.int64(8), try recipient(found, isCancelled: isCancelled)) }
    switch source {
    case nil:
      return try connection.all(
        """
        SELECT \(columns), r.sequence
        FROM broadcast_recipients r INDEXED BY broadcast_recipients_listed
        LEFT JOIN messages m ON m.id = r.message_id
        WHERE r.broadcast = ? AND r.account_id = ? AND r.sequence > ? ORDER BY r.sequence LIMIT ?
        """, row.number, row.account, place, limit, map: map)
    case .own(let state):
      return try connection.all(
        """
        SELECT \(columns), r.sequence
        FROM broadcast_recipients r
        LEFT JOIN messages m ON m.id = r.message_id
        WHERE r.broadcast = ? AND r.state = '\(state)' AND r.account_id = ? AND r.sequence > ?
        ORDER BY r.sequence LIMIT ?
        """, row.number, row.account, place, limit, map: map)
    case .messages(let status):
      return try connection.all(
        """
        SELECT \(columns), m.sequence
        FROM messages m INDEXED BY messages_by_broadcast
        JOIN broadcast_recipients r ON r.message_id = m.id
        WHERE m.broadcast_id = ? AND m.status = ? AND m.sequence > ? AND r.account_id = ?
        ORDER BY m.sequence LIMIT ?
        """, row.id.text, status, place, row.account, limit, map: map)
    }
  }

  private static func recipient(_ row: Row, isCancelled: Bool) throws -> BroadcastRecipient {
    let key = try row.text(0)
    let isNumber = key.hasPrefix("+")
    let (state, reason) = state(
      own: try row.text(3), reason: try row.optionalText(4), status: try row.optionalText(6),
      error: try row.optionalText(7), isCancelled: isCancelled)
    return BroadcastRecipient(
      to: isNumber ? PhoneNumber(trusted: key) : nil, contactID: isNumber ? nil : ContactID(trusted: key),
      name: try row.optionalText(1),
      variables: try row.optionalBlob(2).map { try JSONCoder.decode([String: String].self, from: $0) } ?? [:],
      state: state, reason: reason, messageID: try row.optionalText(5).map { MessageID(trusted: $0) })
  }

  private static func state(
    own: String, reason: String?, status: String?, error: String?, isCancelled: Bool
  ) -> (BroadcastRecipient.State, String?) {
    if own == "pending" { return (isCancelled ? .cancelled : .pending, nil) }
    if own == "skipped" { return (.skipped, reason) }
    switch status.flatMap({ MessageStatus(rawValue: $0) }) {
    case .queued, .sending, .received: return (.queued, nil)
    case .accepted, .sent: return (.sent, nil)
    case .delivered: return (.delivered, nil)
    case .read, .played: return (.read, nil)
    case .failed: return (.failed, error)
    case .expired: return (.expired, error)
    case .cancelled: return (.cancelled, error)
    case .unknown: return (.unknown, nil)
    // The message's history has been removed.
    case nil: return (.unknown, "HISTORY_REMOVED")
    }
  }
}
