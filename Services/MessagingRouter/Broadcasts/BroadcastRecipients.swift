import Contracts
import JSON
import Store

/// Somebody to be added to a draft.
struct NewRecipient: Sendable {
  /// Of the file, or the place in a list; counted from 1.
  var line: Int
  /// A number with its plus, or the id of a contact.
  var recipient: String
  var name: String?
  /// Its own values; empty ones are left out.
  var variables: [String: String]
}

/// The recipients of a broadcast as rows.
enum BroadcastRecipients {
  /// Refused lines that are kept of an upload.
  static let keptErrors = 1_000

  /// Begins an upload: what was refused of the last one is forgotten. Answers its number.
  static func beginUpload(
    to id: BroadcastID, account: String, at now: Int64, _ connection: Connection
  ) throws -> (number: Int, row: BroadcastRow) {
    var row = try draft(id, account: account, connection)
    row.uploads += 1
    row.broadcast.rejectedLines = 0
    try row.update(at: now, connection)
    try connection.execute("DELETE FROM broadcast_errors WHERE broadcast = ?", row.number)
    return (row.uploads, row)
  }

  /// The broadcast, while it may still be changed. Throws `BROADCAST_NOT_DRAFT`.
  static func draft(_ id: BroadcastID, account: String, _ connection: Connection) throws -> BroadcastRow {
    let row = try BroadcastRow.found(id: id, account: account, connection)
    guard row.broadcast.state == .draft else { throw BroadcastFailures.notDraft(row.broadcast.state) }
    return row
  }

  /// Adds recipients and keeps why others were refused. Whoever is in the broadcast of an earlier upload gets the name
  /// and the values of this one; named twice in one, the first counts. Throws `BROADCAST_FULL`: nothing was added then.
  static func add(
    _ recipients: [NewRecipient], refused: [BroadcastLineError], refusedCount: Int, upload: Int, to id: BroadcastID,
    account: String, limit: Int, at now: Int64, _ connection: Connection
  ) throws -> BroadcastUpload {
    var row = try draft(id, account: account, connection)
    var report = BroadcastUpload(rejected: refusedCount)
    for recipient in recipients {
      let variables = recipient.variables.isEmpty ? nil : try JSONCoder.encode(recipient.variables)
      try connection.execute(
        """
        INSERT OR IGNORE INTO broadcast_recipients (broadcast, account_id, recipient, name, variables, upload)
        VALUES (?, ?, ?, ?, ?, ?)
        """, row.number, account, recipient.recipient, recipient.name, variables, upload)
      if connection.changes == 1 {
        report.accepted += 1
        continue
      }
      try connection.execute(
        """
        UPDATE broadcast_recipients SET name = ?, variables = ?, upload = ?
        WHERE broadcast = ? AND recipient = ? AND upload <> ?
        """, recipient.name, variables, upload, row.number, recipient.recipient, upload)
      if connection.changes == 1 { report.updated += 1 } else { report.duplicates += 1 }
    }
    let known = try BroadcastTally.read(id, state: .draft, connection).recipients
    guard known + report.accepted <= limit else { throw BroadcastFailures.full(limit) }
    try BroadcastTally.add(report.accepted, "pending", of: id, connection)
    if refusedCount > 0 {
      try keep(refused, after: row.broadcast.rejectedLines, of: row, connection)
      row.broadcast.rejectedLines += refusedCount
      try row.update(at: now, connection)
    }
    return report
  }

  private static func keep(
    _ errors: [BroadcastLineError], after count: Int, of row: BroadcastRow, _ connection: Connection
  ) throws {
    for (place, error) in errors.prefix(max(keptErrors - count, 0)).enumerated() {
      try connection.execute(
        """
        INSERT OR REPLACE INTO broadcast_errors (broadcast, place, account_id, line, code, message)
        VALUES (?, ?, ?, ?, ?, ?)
        """, row.number, count + place, row.account, error.line, error.code, error.message)
    }
  }

  /// Refused lines, in the order of the file, with their places.
  static func errors(
    of row: BroadcastRow, after place: Int64, limit: Int, _ connection: Connection
  ) throws -> [(place: Int64, error: BroadcastLineError)] {
    try connection.all(
      """
      SELECT place, line, code, message FROM broadcast_errors
      WHERE broadcast = ? AND account_id = ? AND place > ? ORDER BY place LIMIT ?
      """, row.number, row.account, place, limit
    ) {
      (try $0.int64(0), BroadcastLineError(line: try $0.int(1), code: try $0.text(2), message: try $0.text(3)))
    }
  }

  /// Forgets a person who waits in broadcasts, or was skipped: by the id and the numbers of the contact. Whoever has a
  /// message is forgotten with it.
  static func erase(contact: String, phoneNumbers: [String], account: String, _ connection: Connection) throws {
    let keys = Set(phoneNumbers + [contact])
    let broadcasts = try connection.all(
      "SELECT number, id FROM broadcasts WHERE account_id = ?", account, limit: .max
    ) {
      (try $0.int64(0), BroadcastID(trusted: try $0.text(1)))
    }
    for (number, id) in broadcasts {
      for key in keys {
        let state = try connection.first(
          "SELECT state FROM broadcast_recipients WHERE broadcast = ? AND recipient = ?", number, key,
          map: { try $0.text(0) })
        guard let state, state != "fed" else { continue }
        try connection.execute(
          "DELETE FROM broadcast_recipients WHERE broadcast = ? AND recipient = ?", number, key)
        try BroadcastTally.add(-1, state, of: id, connection)
      }
    }
  }
}
