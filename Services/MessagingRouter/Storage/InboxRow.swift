import Store

/// A webhook body as Meta sent it, kept until its updates are stored.
struct InboxRow: Sendable {
  var id: Int64
  var body: [UInt8]

  /// Stores a body; Meta gets its 200 after this commit.
  static func insert(_ body: [UInt8], at now: Int64, _ connection: Connection) throws {
    try connection.execute("INSERT INTO inbox (received_at, body) VALUES (?, ?)", now, body)
  }

  /// The oldest waiting bodies: at most `limit` of them, and about `bytes` in all.
  static func waiting(limit: Int, bytes: Int, _ connection: Connection) throws -> [InboxRow] {
    var total = 0
    var rows: [InboxRow] = []
    let sizes = try connection.all("SELECT id, length(body) FROM inbox WHERE state = 0 ORDER BY id LIMIT ?", limit) {
      (try $0.int64(0), try $0.int(1))
    }
    for (id, size) in sizes {
      total += size
      if !rows.isEmpty, total > bytes { break }
      if let body = try connection.first("SELECT body FROM inbox WHERE id = ?", id, map: { try $0.blob(0) }) {
        rows.append(InboxRow(id: id, body: body))
      }
    }
    return rows
  }

  /// Ends a body, or defers it until the replica knows the number it speaks of.
  static func finish(id: Int64, isDeferred: Bool, _ connection: Connection) throws {
    try connection.execute("UPDATE inbox SET state = ? WHERE id = ?", isDeferred ? 2 : 1, id)
  }

  /// Puts deferred bodies back in line after the replica changed. What was stored of them stays stored once.
  static func reviveDeferred(_ connection: Connection) throws -> Int {
    try connection.execute("UPDATE inbox SET state = 0 WHERE state = 2")
    return connection.changes
  }

  /// Keeps an entry aside that could not be stored; the same entry once.
  static func setAside(
    inboxID: Int64, path: String, reason: String, raw: [UInt8], at now: Int64, _ connection: Connection
  ) throws {
    try connection.execute(
      "INSERT OR IGNORE INTO inbox_poison (inbox_id, path, reason, raw, at) VALUES (?, ?, ?, ?, ?)", inboxID, path,
      reason, raw, now)
  }
}
