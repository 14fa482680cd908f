import Store

/// The messages of a conversation that was merged into another one go there: the last ones at once, those before them
/// step by step, the newest first. A row says what is left to do, so that it goes on after a crash.
enum ConversationMove {
  /// Messages of one write: some ten milliseconds of it.
  static let step = 500

  /// Everything that is going on moves now, with the last messages; `resume` moves the rest.
  static func begin(from old: String, into new: String, _ connection: Connection) throws {
    // What is still on its way into the one that goes now goes on from there.
    try connection.execute("UPDATE conversation_moves SET into_id = ? WHERE into_id = ?", new, old)
    // The schedule is kept by triggers that look at one conversation: the old one's lane ends first.
    try connection.execute("DELETE FROM outbound_lanes WHERE conversation_id = ?", old)
    for status in ["queued", "sending"] {
      // Written out, so that SQLite takes the index of those alone.
      try connection.execute(
        "UPDATE messages SET conversation_id = ? WHERE conversation_id = ? AND status = '\(status)'", new, old)
      try connection.execute(
        "UPDATE messages SET due_at = due_at WHERE conversation_id = ? AND status = '\(status)'", new)
    }
    try connection.execute("UPDATE turns SET lane = ?2 WHERE lane = ?1 AND leased_until IS NULL", old, new)
    if try move(from: old, into: new, connection) < step { return }
    try connection.execute(
      """
      INSERT INTO conversation_moves (conversation_id, account_id, into_id)
      SELECT id, account_id, ?2 FROM conversations WHERE id = ?1
      ON CONFLICT (conversation_id) DO UPDATE SET into_id = excluded.into_id
      """, old, new)
  }

  /// One more step; false when there is nothing left to move.
  static func resume(_ connection: Connection) throws -> Bool {
    let next = try connection.first("SELECT conversation_id, into_id FROM conversation_moves LIMIT 1") {
      (old: try $0.text(0), new: try $0.text(1))
    }
    guard let next else { return false }
    if try move(from: next.old, into: next.new, connection) < step {
      try connection.execute("DELETE FROM conversation_moves WHERE conversation_id = ?", next.old)
    }
    return true
  }

  static func isUnderWay(_ connection: Connection) throws -> Bool {
    try connection.first("SELECT EXISTS (SELECT 1 FROM conversation_moves)") { try $0.bool(0) } ?? false
  }

  private static func move(from old: String, into new: String, _ connection: Connection) throws -> Int {
    try connection.execute(
      """
      UPDATE messages SET conversation_id = ?2 WHERE sequence IN (
        SELECT sequence FROM messages WHERE conversation_id = ?1 ORDER BY sequence DESC LIMIT ?3)
      """, old, new, step)
    return connection.changes
  }
}
