import Contracts
import Store

/// A change of a sender that automation has not been told of yet. Triggers write them when the replica changes.
struct SenderChangeRow: Sendable {
  var id: Int64
  var sender: String
  var account: String
  var before: String?
  /// Nil when the copy of it was deleted.
  var after: String?

  /// Tells of the oldest changes, at most `limit`, and takes them out: once each. Answers how many there were.
  static func tell(limit: Int, at now: Int64, _ connection: Connection) throws -> Int {
    let changes = try connection.all(
      "SELECT id, sender_id, account_id, before, after FROM sender_changes ORDER BY id LIMIT ?", limit
    ) { row in
      SenderChangeRow(
        id: try row.int64(0), sender: try row.text(1), account: try row.text(2), before: try row.optionalText(3),
        after: try row.optionalText(4))
    }
    guard let last = changes.last else { return 0 }
    for change in changes {
      if let after = change.after {
        try change.tell(after, at: now, connection)
      } else if try change.isGone(connection) {
        try connection.execute("DELETE FROM told_senders WHERE sender_id = ?", change.sender)
        try change.tell("deleted", at: now, connection)
      }
    }
    try connection.execute("DELETE FROM sender_changes WHERE id <= ?", last.id)
    return changes.count
  }

  /// A new copy of all senders deletes and inserts each: gone is who is not there, and was not told of already.
  private func isGone(_ connection: Connection) throws -> Bool {
    try connection.first(
      """
      SELECT NOT EXISTS (SELECT 1 FROM replica_senders WHERE sender_id = ?1)
        AND EXISTS (SELECT 1 FROM told_senders WHERE sender_id = ?1)
      """, sender
    ) { try $0.bool(0) } ?? false
  }

  private func tell(_ status: String, at now: Int64, _ connection: Connection) throws {
    let known = try connection.first(
      "SELECT phone_number, display_name FROM replica_senders WHERE sender_id = ?", sender
    ) { (phone: try $0.text(0), name: try $0.text(1)) }
    try AutomationOutbox.happened(
      .senderStatus, account: AccountID(trusted: account), sender: SenderID(trusted: sender), conversation: nil,
      at: now, connection
    ) { data in
      data.open("sender")
      data.text("id", sender)
      data.text("phone_number", known?.phone)
      data.text("display_name", known?.name)
      data.close()
      data.text("previous_status", before)
      data.text("status", status)
    }
  }
}
