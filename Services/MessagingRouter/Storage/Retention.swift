import Contracts
import Store
import Workers

/// What is deleted because of its age, in steps of a few milliseconds.
enum Retention {
  /// Rows of one step.
  static let step = 250

  /// What a step came to.
  struct Outcome: Sendable, Equatable {
    var deleted = 0
    var isDone = true
  }

  /// Deletes Meta's raw JSON of the oldest messages that still have it.
  static func raws(before moment: Int64, now: Int64, _ connection: Connection) throws -> Outcome {
    let kind = "messages.raw"
    let rows = try messages(after: position(kind, connection), connection)
    guard let last = try old(rows, before: moment, now: now, connection).last else { return Outcome() }
    let first = try position(kind, connection)
    try connection.execute(
      "UPDATE messages SET raw = NULL WHERE sequence > ? AND sequence <= ? AND raw IS NOT NULL", first, last.sequence)
    let deleted = connection.changes
    try keep(kind, last.sequence, connection)
    return Outcome(deleted: deleted, isDone: rows.count < step || last.sequence != rows.last?.sequence)
  }

  /// Deletes what was kept aside of Meta's webhooks: what could not be stored, what waited for a number that never
  /// became ours, statuses of messages that are not ours, and events that were refused.
  static func leftovers(before moment: Int64, _ connection: Connection) throws -> Outcome {
    var outcome = Outcome()
    // Each through an index in the order of age; `inbox` and `held_statuses` are numbered in it.
    let statements = [
      """
      DELETE FROM inbox_poison WHERE id IN (SELECT id FROM inbox_poison WHERE at < ? ORDER BY at LIMIT ?)
      """,
      """
      DELETE FROM inbox WHERE id IN (
        SELECT id FROM (SELECT id, received_at FROM inbox WHERE state = 2 ORDER BY id LIMIT ?2)
        WHERE received_at < ?1)
      """,
      """
      DELETE FROM held_statuses WHERE id IN (
        SELECT id FROM (SELECT id, at FROM held_statuses ORDER BY id LIMIT ?2) WHERE at < ?1)
      """,
      """
      DELETE FROM event_outbox_refused WHERE sequence IN (
        SELECT sequence FROM event_outbox_refused WHERE at < ? ORDER BY at LIMIT ?)
      """,
    ]
    for statement in statements {
      try connection.execute(statement, moment, step)
      outcome.deleted += connection.changes
      if connection.changes == step { outcome.isDone = false }
    }
    return outcome
  }

  /// Deletes the oldest messages that have come to an end, with their statuses. Contacts and conversations stay.
  static func history(before moment: Int64, now: Int64, after position: Int64, _ connection: Connection) throws
    -> (outcome: Outcome, position: Int64)
  {
    let rows = try messages(after: position, connection)
    let old = try old(rows, before: moment, now: now, connection)
    guard let last = old.last else { return (Outcome(), position) }
    let ended = old.filter(\.hasEnded)
    for message in ended { try delete(message: message.id, connection) }
    let isDone = rows.count < step || old.count < rows.count
    return (Outcome(deleted: ended.count, isDone: isDone), last.sequence)
  }

  /// The same for what was said before the number came here, whose places tell its age.
  static func remembered(before moment: Int64, _ connection: Connection) throws -> Outcome {
    let old = try connection.all(
      "SELECT id FROM messages WHERE sequence < ? ORDER BY sequence LIMIT ?", HistoryPlace.first(at: moment), step
    ) { try $0.text(0) }
    for id in old { try delete(message: id, connection) }
    return Outcome(deleted: old.count, isDone: old.count < step)
  }

  /// And Meta's raw JSON of it, by the time it was stored.
  static func rememberedRaws(before moment: Int64, _ connection: Connection) throws -> Outcome {
    try connection.execute(
      """
      UPDATE messages SET raw = NULL WHERE sequence IN (
        SELECT sequence FROM messages
        WHERE sequence < 0 AND raw IS NOT NULL AND created_at < ? ORDER BY created_at LIMIT ?)
      """, moment, step)
    return Outcome(deleted: connection.changes, isDone: connection.changes < step)
  }

  /// Deletes one message and what hangs on it, what came with it as well: nothing else leads there.
  static func delete(message id: String, _ connection: Connection) throws {
    let media = try connection.all("SELECT id FROM media WHERE message_id = ?", id) { MediaID(trusted: try $0.text(0)) }
    for medium in media { try connection.forgetMedia(medium) }
    try connection.execute("DELETE FROM message_statuses WHERE message_id = ?", id)
    try connection.execute("DELETE FROM message_decisions WHERE message_id = ?", id)
    try connection.execute("DELETE FROM messages WHERE id = ?", id)
  }

  private struct OldMessage {
    var sequence: Int64
    var id: String
    var at: Int64
    /// Whether nothing more is to become of it: what waits or is not known yet stays.
    var hasEnded: Bool
  }

  /// Messages are numbered in the order they were stored, which is that of their age.
  private static func messages(after position: Int64, _ connection: Connection) throws -> [OldMessage] {
    try connection.all(
      "SELECT sequence, id, created_at, status FROM messages WHERE sequence > ? ORDER BY sequence LIMIT ?", position,
      step
    ) { row in
      OldMessage(
        sequence: try row.int64(0), id: try row.text(1), at: try row.int64(2),
        hasEnded: !["queued", "sending", "unknown"].contains(try row.text(3)))
    }
  }

  /// Those that are over their time, also where a clock that was ahead has dated some into the future.
  private static func old(_ rows: [OldMessage], before moment: Int64, now: Int64, _ connection: Connection) throws
    -> ArraySlice<OldMessage>
  {
    let count = try OldPrefix.count(of: rows.map(\.at), before: moment, now: now) {
      let newest = try connection.first("SELECT max(sequence) FROM messages") { try $0.optionalInt64(0) } ?? nil
      return try OldPrefix.isAnyOld(behind: rows.last?.sequence ?? 0, last: newest ?? 0, before: moment) { place in
        try connection.first(
          "SELECT created_at FROM messages WHERE sequence >= ? ORDER BY sequence LIMIT 1", place,
          map: { try $0.int64(0) })
      }
    }
    return rows.prefix(count)
  }

  private static func position(_ kind: String, _ connection: Connection) throws -> Int64 {
    try connection.first("SELECT position FROM retention_progress WHERE kind = ?", kind) { try $0.int64(0) } ?? 0
  }

  private static func keep(_ kind: String, _ position: Int64, _ connection: Connection) throws {
    try connection.execute(
      """
      INSERT INTO retention_progress (kind, position) VALUES (?, ?)
      ON CONFLICT (kind) DO UPDATE SET position = excluded.position
      """, kind, position)
  }
}
