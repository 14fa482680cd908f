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

  /// Bodies that may wait for a number to become known; the oldest give way.
  static let deferredLimit = 10_000

  /// Ends a body, or defers it when numbers it awaits were noted.
  static func finish(id: Int64, at now: Int64, _ connection: Connection) throws {
    let isAwaiting = try connection.first(
      "SELECT 1 FROM inbox_awaited WHERE inbox_id = ?", id, map: { _ in true })
    guard isAwaiting == true else {
      try connection.execute("DELETE FROM inbox WHERE id = ?", id)
      return
    }
    try connection.execute("UPDATE inbox SET state = 2 WHERE id = ?", id)
    try giveUpOldest(at: now, connection)
  }

  /// Puts bodies back in line whose number is known now; what was stored of them stays stored once.
  static func reviveKnown(_ connection: Connection) throws -> Int {
    try connection.execute(
      """
      UPDATE inbox SET state = 0
      WHERE state = 2 AND id IN (
        SELECT a.inbox_id
        FROM replica_senders r JOIN inbox_awaited a ON a.phone_number_id = r.phone_number_id)
      """)
    let revived = connection.changes
    // Also of bodies that a dead predecessor had half stored.
    try connection.execute(
      "DELETE FROM inbox_awaited WHERE EXISTS (SELECT 1 FROM inbox WHERE id = inbox_id AND state = 0)")
    return revived
  }

  /// A number that never becomes ours (another platform's, of the same WABA) must not fill the disk.
  private static func giveUpOldest(at now: Int64, _ connection: Connection) throws {
    let waiting = try connection.first("SELECT count(*) FROM inbox WHERE state = 2") { try $0.int(0) } ?? 0
    if waiting <= deferredLimit { return }
    let oldest = try connection.all(
      "SELECT id, body FROM inbox WHERE state = 2 ORDER BY id LIMIT ?", waiting - deferredLimit
    ) { InboxRow(id: try $0.int64(0), body: try $0.blob(1)) }
    for row in oldest {
      try setAside(
        inboxID: row.id, path: "$", reason: "its number stayed unknown while \(deferredLimit) others waited",
        raw: row.body, at: now, connection)
      try connection.execute("DELETE FROM inbox WHERE id = ?", row.id)
    }
  }

  /// Entries kept aside, and bytes of each.
  static let keptAside: Int64 = 10_000
  static let keptBytes = 65_536

  /// Keeps an entry aside that could not be stored; the same entry once.
  static func setAside(
    inboxID: Int64, path: String, reason: String, raw: [UInt8], at now: Int64, _ connection: Connection
  ) throws {
    try connection.execute(
      "INSERT OR IGNORE INTO inbox_poison (inbox_id, path, reason, raw, at) VALUES (?, ?, ?, ?, ?)", inboxID, path,
      reason, Array(raw.prefix(keptBytes)), now)
    // What is kept aside is for people to look at; it must not fill the disk either.
    if connection.changes == 1 {
      try connection.execute("DELETE FROM inbox_poison WHERE id <= ?", connection.lastInsertRowID - keptAside)
    }
  }
}
