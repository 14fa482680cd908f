import Store

/// A webhook body as Meta sent it, kept until its updates are stored.
struct InboxRow: Sendable {
  var id: Int64
  /// Nil when the reader knows it already.
  var body: [UInt8]?

  /// Stores a body; Meta gets its 200 after this commit.
  static func insert(_ body: [UInt8], at now: Int64, _ connection: Connection) throws {
    try connection.execute("INSERT INTO inbox (received_at, body) VALUES (?, ?)", now, body)
  }

  /// The oldest bodies behind `after` that wait for a lane: at most `limit` of them, and about `bytes` in all. Those in
  /// `known` come without their bytes.
  static func waiting(
    lane: InboxLane, after: Int64, limit: Int, bytes: Int, without known: Set<Int64>, _ connection: Connection
  ) throws -> [InboxRow] {
    var total = 0
    var rows: [InboxRow] = []
    let sizes = try connection.all(
      """
      SELECT id, length(body) FROM inbox
      WHERE state = 0 AND id > ? AND lanes_done & ? = 0
      ORDER BY id LIMIT ?
      """, after, lane.rawValue, limit
    ) { (try $0.int64(0), try $0.int(1)) }
    for (id, size) in sizes {
      total += size
      if !rows.isEmpty, total > bytes { break }
      if known.contains(id) {
        rows.append(InboxRow(id: id, body: nil))
      } else if let body = try connection.first("SELECT body FROM inbox WHERE id = ?", id, map: { try $0.blob(0) }) {
        rows.append(InboxRow(id: id, body: body))
      }
    }
    return rows
  }

  /// A lane is through with a body. The last one ends it, or defers it when numbers it awaits were noted.
  static func finish(id: Int64, lane: InboxLane, isAlone: Bool, at now: Int64, _ connection: Connection) throws {
    if !isAlone {
      let done = try connection.first(
        "UPDATE inbox SET lanes_done = lanes_done | ? WHERE id = ? RETURNING lanes_done", lane.rawValue, id
      ) { try $0.int(0) }
      guard done == InboxLane.all else { return }
    }
    let awaited = try connection.all(
      "SELECT DISTINCT phone_number_id FROM inbox_awaited WHERE inbox_id = ? ORDER BY phone_number_id", id,
      map: { try $0.text(0) })
    guard let first = awaited.first else {
      try connection.execute("DELETE FROM inbox WHERE id = ?", id)
      return
    }
    try DeferredBodies.keep(id: id, awaited: awaited, for: first, at: now, connection)
  }

  /// Bodies that one write puts back in line.
  static let revivedAtOnce = 2_000

  /// Puts bodies back in a lane's line whose number is known now; what was stored of them stays stored once. Only the
  /// lane itself does that, between two of its turns: nobody else touches what it awaits.
  static func reviveKnown(lane: InboxLane, _ connection: Connection) throws -> Int {
    let known = try connection.all(
      """
      SELECT DISTINCT a.inbox_id
      FROM replica_senders r JOIN inbox_awaited a ON a.phone_number_id = r.phone_number_id AND a.lane = ?
      LIMIT ?
      """, lane.rawValue, revivedAtOnce
    ) { try $0.int64(0) }
    for id in known {
      try connection.execute("UPDATE inbox SET state = 0, lanes_done = lanes_done & ~? WHERE id = ?", lane.rawValue, id)
      try connection.execute("DELETE FROM inbox_awaited WHERE inbox_id = ? AND lane = ?", id, lane.rawValue)
    }
    return known.count
  }

  /// Entries kept aside, and bytes of each; whole bodies are kept whole while they are among the last few of those.
  static let keptAside: Int64 = 10_000
  static let keptBytes = 65_536
  static let wholeBodies = 100
  /// Where a body as a whole is meant.
  static let wholePath = "$"

  /// Keeps an entry aside that could not be stored; the same entry once.
  static func setAside(
    inboxID: Int64, path: String, reason: String, raw: [UInt8], at now: Int64, _ connection: Connection
  ) throws {
    try connection.execute(
      "INSERT OR IGNORE INTO inbox_poison (inbox_id, path, reason, raw, at) VALUES (?, ?, ?, ?, ?)", inboxID, path,
      reason, path == wholePath ? raw : Array(raw.prefix(keptBytes)), now)
    // What is kept aside is for people to look at; it must not fill the disk either.
    if connection.changes == 0 { return }
    try connection.execute("DELETE FROM inbox_poison WHERE id <= ?", connection.lastInsertRowID - keptAside)
    if path != wholePath || raw.count <= keptBytes { return }
    try connection.execute(
      """
      UPDATE inbox_poison SET raw = substr(raw, 1, \(keptBytes)) WHERE id IN (
        SELECT id FROM inbox_poison WHERE length(raw) > \(keptBytes) ORDER BY id DESC LIMIT 10 OFFSET \(wholeBodies))
      """)
  }
}
