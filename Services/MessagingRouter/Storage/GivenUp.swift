import Store

/// What waits for a person: kept, and tried no more.
enum GivenUp {
  /// How long it shows, in milliseconds: what nobody looked at in a day must not hide what comes next.
  private static let age: Int64 = 24 * 3_600_000

  /// What was given up lately. A job's last due time is, near enough, when that was.
  static func count(at now: Int64, _ connection: Connection) throws -> [(what: String, count: Int)] {
    try [
      ("turns", "SELECT count(*) FROM turns WHERE state = 'dead' AND due_at > ?"),
      ("events", "SELECT count(*) FROM event_outbox_refused WHERE at > ?"),
      ("account_events", "SELECT count(*) FROM account_outbox WHERE state = 'dead' AND due_at > ?"),
      ("updates", "SELECT count(*) FROM inbox_poison WHERE at > ?"),
    ].map { what, sql in (what, try connection.first(sql, now - age) { try $0.int(0) } ?? 0) }
  }
}
