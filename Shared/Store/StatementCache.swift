/// The prepared statements of one connection: at most `capacity`, the longest unused goes first.
struct StatementCache {
  let capacity: Int
  private var statements: [String: Statement] = [:]
  private var uses = 0

  init(capacity: Int) {
    self.capacity = capacity
  }

  /// The statement kept for `sql`, marked as in use; nil when there is none or it is running already.
  mutating func reuse(_ sql: String) -> Statement? {
    guard let statement = statements[sql], !statement.isInUse else { return nil }
    mark(statement)
    return statement
  }

  /// A new statement for `sql`, marked as in use. The twin of one that is running (a query inside its own loop) is not
  /// kept.
  mutating func make(_ sql: String, on database: OpaquePointer) throws(StoreFailure) -> Statement {
    let statement = try Statement(sql, on: database)
    mark(statement)
    if statements[sql] == nil { keep(statement) }
    return statement
  }

  private mutating func mark(_ statement: Statement) {
    uses += 1
    statement.isInUse = true
    statement.lastUse = uses
  }

  private mutating func keep(_ statement: Statement) {
    if statements.count >= capacity {
      let idle = statements.values.filter { !$0.isInUse }
      guard let oldest = idle.min(by: { $0.lastUse < $1.lastUse }) else { return }
      statements[oldest.sql] = nil
    }
    statements[statement.sql] = statement
  }

  /// What the statements that are kept have cost since they were asked last.
  func takeCosts() -> [StatementCost] { statements.values.map { $0.takeCost() } }

  mutating func removeAll() { statements.removeAll() }
}
