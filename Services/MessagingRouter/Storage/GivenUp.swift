import Store

/// What waits for a person: kept, and tried no more.
enum GivenUp {
  static func count(_ connection: Connection) throws -> [(what: String, count: Int)] {
    try [
      ("turns", "SELECT count(*) FROM turns WHERE state = 'dead'"),
      ("events", "SELECT count(*) FROM receipt_outbox WHERE state = 'dead'"),
      ("updates", "SELECT count(*) FROM inbox_poison"),
    ].map { what, sql in (what, try connection.first(sql) { try $0.int(0) } ?? 0) }
  }
}
