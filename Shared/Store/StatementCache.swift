/// The prepared statements of one connection: at most `capacity`, the longest unused goes first.
struct StatementCache {
  let capacity: Int
  private var statements: [String: Statement] = [:]
  private var uses = 0

  init(capacity: Int) {
    self.capacity = capacity
  }

  var count: Int { statements.count }

  func contains(_ sql: String) -> Bool { statements[sql] != nil }

  /// A statement for `sql`, marked as in use. One that is running already (a query inside its own loop) gets a twin
  /// that is not kept.
  mutating func take(_ sql: String, on database: OpaquePointer) throws(StoreFailure) -> Statement {
    uses += 1
    let known = statements[sql]
    if let known, !known.isInUse {
      known.isInUse = true
      known.lastUse = uses
      return known
    }
    let statement = try Statement(sql, on: database)
    statement.isInUse = true
    statement.lastUse = uses
    if known == nil { keep(statement) }
    return statement
  }

  private mutating func keep(_ statement: Statement) {
    if statements.count >= capacity {
      let idle = statements.values.filter { !$0.isInUse }
      guard let oldest = idle.min(by: { $0.lastUse < $1.lastUse }) else { return }
      statements[oldest.sql] = nil
    }
    statements[statement.sql] = statement
  }

  mutating func removeAll() { statements.removeAll() }
}
