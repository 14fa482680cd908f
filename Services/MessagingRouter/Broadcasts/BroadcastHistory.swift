import Contracts
import Crypto
import Store

/// What happened to broadcasts. Every change is recorded here, in the transaction that makes it, and told to automation.
enum BroadcastHistory {
  static func record(
    _ kind: BroadcastEvent.Kind, of row: BroadcastRow, reason: Broadcast.PauseReason? = nil, detail: String? = nil,
    actor: String?, at now: Int64, _ connection: Connection
  ) throws {
    try connection.execute(
      """
      INSERT INTO broadcast_events (id, broadcast, account_id, kind, reason, detail, actor, at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """, "evt_" + ULID.make(milliseconds: now), row.number, row.account, kind.rawValue, reason?.rawValue, detail,
      actor, now)
    try AutomationOutbox.broadcastChanged(
      kind, of: row, reason: reason, detail: detail, actor: actor, at: now, connection)
  }

  /// Newest first, with their places.
  static func list(
    of row: BroadcastRow, before: Int64, limit: Int, _ connection: Connection
  ) throws -> [(sequence: Int64, event: BroadcastEvent)] {
    try connection.all(
      """
      SELECT sequence, id, kind, reason, detail, actor, at FROM broadcast_events
      WHERE broadcast = ? AND account_id = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?
      """, row.number, row.account, before, limit
    ) { found in
      (
        try found.int64(0),
        BroadcastEvent(
          id: EventID(trusted: try found.text(1)),
          kind: BroadcastEvent.Kind(rawValue: try found.text(2)) ?? .created,
          reason: try found.optionalText(3).flatMap { Broadcast.PauseReason(rawValue: $0) },
          detail: try found.optionalText(4), actor: try found.optionalText(5),
          at: Timestamp(milliseconds: try found.int64(6)))
      )
    }
  }
}
