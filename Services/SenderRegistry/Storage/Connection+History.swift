import Contracts
import JSON
import Store

extension Connection {
  /// A sender's changes of state, newest first, with their places.
  func history(_ id: SenderID, before: Int64, limit: Int) throws -> [(sequence: Int64, change: SenderChange)] {
    try all(
      """
      SELECT sequence, event, from_status, to_status, reasons, at FROM sender_history
      WHERE sender_id = ? AND sequence < ?
      ORDER BY sequence DESC
      LIMIT ?
      """, id.text, before, limit
    ) { row in
      (
        try row.int64(0),
        SenderChange(
          event: try row.text(1), from: try row.optionalText(2).flatMap { SenderStatus(rawValue: $0) },
          to: SenderStatus(rawValue: try row.text(3)) ?? .offline,
          reasons: try JSONCoder.decode([SenderReason].self, from: try row.text(4)),
          at: Timestamp(milliseconds: try row.int64(5)))
      )
    }
  }

  /// Since when a sender has been in the state it is in.
  func statusSince(_ id: SenderID) throws -> Int64? {
    try first(
      """
      SELECT at FROM sender_history
      WHERE sender_id = ? AND (from_status IS NULL OR from_status <> to_status)
      ORDER BY sequence DESC
      LIMIT 1
      """, id.text
    ) { try $0.int64(0) }
  }

  /// Senders that wait or connect, a page at a time by id.
  func unfinishedSenders(after id: String, limit: Int) throws -> [SenderID] {
    try all(
      """
      SELECT id FROM senders
      WHERE deleted_at IS NULL AND status IN ('pending', 'connecting') AND id > ?
      ORDER BY id
      LIMIT ?
      """, id, limit
    ) { SenderID(trusted: try $0.text(0)) }
  }
}
