import GraphAPI
import Store

/// Bodies that wait for a number to become known. A number that never becomes ours (another platform's, of the same
/// WABA) must neither fill the disk nor take the place of those that do: each counts for itself.
enum DeferredBodies {
  /// What one number may have waiting: some minutes of all it can receive, or hours of what most do.
  static let bodiesOfOne = 2_000
  static let bytesOfOne = 64 << 20
  /// What all together may have.
  static let bodies = 10_000
  static let bytes = 512 << 20
  /// Bodies of a number that are set aside when they give way; what comes after them is counted only.
  static let setAsideOfOne = 100
  /// Bodies that give way in one write.
  private static let atOnce = 16

  /// Keeps what a body has for the numbers that it waits for: the rest of it is stored, and may be erased before they
  /// become known. It counts for one of them.
  static func keep(
    id: Int64, awaited: [String], for number: String, at now: Int64, _ connection: Connection
  ) throws {
    let body = try connection.first("SELECT body FROM inbox WHERE id = ?", id, map: { try $0.blob(0) })
    if let body, let part = WebhookBatch.only(phoneNumberIDs: Set(awaited), of: body) {
      try connection.execute("UPDATE inbox SET body = ? WHERE id = ?", part, id)
    }
    // Two statements: the triggers that count look at the row as it is then.
    try connection.execute("UPDATE inbox SET deferred_for = ? WHERE id = ?", number, id)
    try connection.execute("UPDATE inbox SET state = 2 WHERE id = ?", id)
    try giveWay(number, limits: (bodiesOfOne, bytesOfOne), at: now, connection)
    try boundAll(at: now, connection)
  }

  /// The oldest of a number give way while it has too much.
  private static func giveWay(
    _ number: String, limits: (bodies: Int, bytes: Int), at now: Int64, _ connection: Connection
  ) throws {
    for _ in 0..<atOnce {
      let total = try connection.first(
        "SELECT bodies, bytes, given_up FROM inbox_deferred_totals WHERE phone_number_id = ?", number
      ) { (bodies: try $0.int(0), bytes: try $0.int(1), givenUp: try $0.int(2)) }
      guard let total, total.bodies > limits.bodies || total.bytes > limits.bytes else { return }
      try giveUpOldest(of: number, isSetAside: total.givenUp < setAsideOfOne, at: now, connection)
    }
  }

  /// Of all together whoever has most gives way: some ten thousand rows at the very most, as each waits with a body.
  private static func boundAll(at now: Int64, _ connection: Connection) throws {
    for _ in 0..<atOnce {
      let total = try connection.first(
        "SELECT coalesce(sum(bodies), 0), coalesce(sum(bytes), 0) FROM inbox_deferred_totals WHERE bodies > 0"
      ) { (bodies: try $0.int(0), bytes: try $0.int(1)) }
      guard let total, total.bodies > bodies || total.bytes > bytes else { return }
      let order = total.bytes > bytes ? "bytes" : "bodies"
      let most = try connection.first(
        """
        SELECT phone_number_id, given_up FROM inbox_deferred_totals WHERE bodies > 0
        ORDER BY \(order) DESC, phone_number_id LIMIT 1
        """
      ) { (number: try $0.text(0), givenUp: try $0.int(1)) }
      guard let most else { return }
      try giveUpOldest(of: most.number, isSetAside: most.givenUp < setAsideOfOne, at: now, connection)
    }
  }

  private static func giveUpOldest(of number: String, isSetAside: Bool, at now: Int64, _ connection: Connection) throws
  {
    let oldest = try connection.first(
      "SELECT id, body FROM inbox WHERE state = 2 AND deferred_for = ? ORDER BY id LIMIT 1", number
    ) { (id: try $0.int64(0), body: try $0.blob(1)) }
    guard let oldest else { return }
    if isSetAside {
      try InboxRow.setAside(
        inboxID: oldest.id, path: InboxRow.wholePath,
        reason: "its number (Meta's id \(number)) stayed unknown while too many others waited", raw: oldest.body,
        at: now,
        connection)
    }
    try connection.execute("DELETE FROM inbox WHERE id = ?", oldest.id)
    try connection.execute(
      "UPDATE inbox_deferred_totals SET given_up = given_up + 1 WHERE phone_number_id = ?", number)
  }
}
