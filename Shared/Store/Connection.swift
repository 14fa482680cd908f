import CSQLite

/// What a write or read closure works with. Valid only inside that closure, on its thread.
package final class Connection {
  let handle: OpaquePointer
  private var statements: StatementCache
  /// The store's own `BEGIN`, `COMMIT` and savepoints, apart from `statements` so that no closure reaches them.
  private var controls = StatementCache(capacity: 16)
  private var hooks: [@Sendable () -> Void] = []
  /// Whether a closure is running that may use this connection.
  private var isLent = false
  /// When SQLite interrupts the closure's statements.
  var deadline: ContinuousClock.Instant?

  init(handle: OpaquePointer, statementCache: Int) {
    self.handle = handle
    statements = StatementCache(capacity: statementCache)
  }

  deinit {
    statements.removeAll()
    controls.removeAll()
    sqlite3_close_v2(handle)
  }

  /// Runs a statement for its effect. Throws `StoreFailure`.
  package func execute(_ sql: String, _ values: any SQLConvertible...) throws(StoreFailure) {
    try execute(sql, values: values)
  }

  /// Runs a statement for its effect, with values put together by the caller.
  package func execute(_ sql: String, values: [any SQLConvertible]) throws(StoreFailure) {
    let statement = try start(sql, values)
    defer { statement.finish() }
    while try statement.step() != nil {}
  }

  /// The first row of a query, or nil when there is none.
  package func first<T>(
    _ sql: String, _ values: any SQLConvertible..., map: (Row) throws -> T
  ) throws -> T? {
    try first(sql, values: values, map: map)
  }

  /// The first row of a query, or nil when there is none, with values put together by the caller.
  package func first<T>(_ sql: String, values: [any SQLConvertible], map: (Row) throws -> T) throws -> T? {
    let statement = try start(sql, values)
    defer { statement.finish() }
    return try statement.step().map(map)
  }

  /// Every row of a query; `.tooBig` when there are more than `limit`, so that no table ever lands in memory whole.
  package func all<T>(
    _ sql: String, _ values: any SQLConvertible..., limit: Int = 10_000, map: (Row) throws -> T
  ) throws -> [T] {
    try all(sql, values: values, limit: limit, map: map)
  }

  /// Every row of a query, with values put together by the caller; `.tooBig` when there are more than `limit`.
  package func all<T>(
    _ sql: String, values: [any SQLConvertible], limit: Int = 10_000, map: (Row) throws -> T
  ) throws -> [T] {
    let statement = try start(sql, values)
    defer { statement.finish() }
    var rows: [T] = []
    while let row = try statement.step() {
      guard rows.count < limit else { throw StoreFailure(.tooBig, "more than \(limit) rows", sql: sql) }
      rows.append(try map(row))
    }
    return rows
  }

  /// Gives every row of a query to `body`, one at a time; throwing ends the loop.
  package func forEach(_ sql: String, _ values: any SQLConvertible..., body: (Row) throws -> Void) throws {
    let statement = try start(sql, values)
    defer { statement.finish() }
    while let row = try statement.step() { try body(row) }
  }

  /// Rows the last `INSERT`, `UPDATE` or `DELETE` changed, cascades and triggers not counted.
  package var changes: Int { Int(sqlite3_changes64(handle)) }

  /// The rowid of the last inserted row.
  package var lastInsertRowID: Int64 { sqlite3_last_insert_rowid(handle) }

  /// What this connection's statements have cost since the last call, those of closures before this one included. Kept
  /// are as many as `StoreLimits.statementCache`: tests that count raise it.
  package func takeCosts() -> [StatementCost] { statements.takeCosts().filter { $0.operations > 0 } }

  /// Calls `hook` on the writer's thread once this write is durable, before the caller of `write` goes on: the place to
  /// wake a worker. It must not block. Forgotten when the write fails.
  package func afterCommit(_ hook: @escaping @Sendable () -> Void) {
    precondition(isLent, "a Connection was used outside its closure")
    hooks.append(hook)
  }

  /// Runs a part of a write whose failure undoes that part only: what it threw is the caller's to handle. A failure
  /// that made SQLite drop the whole transaction (disk full, I/O error) cannot be undone in part and is thrown on by
  /// whatever the closure does next.
  package func part<T>(_ body: () throws -> T) throws -> T {
    precondition(isLent, "a Connection was used outside its closure")
    let hooks = hookCount
    try control("SAVEPOINT part")
    do {
      let value = try body()
      try control("RELEASE part")
      return value
    } catch {
      if isInTransaction {
        dropHooks(after: hooks)
        try control("ROLLBACK TO part")
        try control("RELEASE part")
      }
      throw error
    }
  }

  private func start(_ sql: String, _ values: [any SQLConvertible]) throws(StoreFailure) -> Statement {
    precondition(isLent, "a Connection was used outside its closure")
    // After a disk-full SQLite has rolled back; going on would commit statement by statement.
    guard isInTransaction else { throw StoreFailure(.misuse, "the transaction was rolled back", sql: sql) }
    let statement = try take(sql)
    do {
      try statement.bind(values)
    } catch {
      statement.finish()
      throw error
    }
    return statement
  }

  private func take(_ sql: String) throws(StoreFailure) -> Statement {
    if let statement = statements.reuse(sql) { return statement }
    if let word = Self.forbidden(in: sql) {
      throw StoreFailure(.misuse, "\(word) belongs to the store, not to a closure", sql: sql)
    }
    return try statements.make(sql, on: handle)
  }

  /// The transaction is shared with other writes, so no closure may end it or step outside it.
  private static func forbidden(in sql: String) -> String? {
    let word = sql.drop { $0.isWhitespace }.prefix { $0.isLetter }.uppercased()
    let forbidden = ["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "ATTACH", "DETACH", "VACUUM"]
    return forbidden.contains(word) ? word : nil
  }
}

// What the threads of the store do with a connection.
extension Connection {
  /// Runs `body` as the closure this connection is lent to, for at most `seconds` of SQLite's time.
  func lend<T>(for seconds: Int, _ body: (Connection) throws -> T) throws -> T {
    isLent = true
    deadline = .now + .seconds(seconds)
    defer {
      isLent = false
      deadline = nil
    }
    return try body(self)
  }

  /// How many hooks are registered, to come back to with `dropHooks`.
  var hookCount: Int { hooks.count }

  /// Forgets the hooks of a write that failed.
  func dropHooks(after count: Int) { hooks.removeLast(hooks.count - count) }

  /// The hooks of the writes that were committed; none are left.
  func takeHooks() -> [@Sendable () -> Void] {
    defer { hooks.removeAll() }
    return hooks
  }

  var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  /// Whether rows still break a deferred foreign key: at `COMMIT` they would fail the whole batch.
  var hasForeignKeyDebt: Bool {
    var current: Int32 = 0
    var highest: Int32 = 0
    sqlite3_db_status(handle, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0)
    return current != 0
  }

  /// Runs one of the store's own statements through the cache.
  func control(_ sql: String) throws(StoreFailure) {
    let statement = if let kept = controls.reuse(sql) { kept } else { try controls.make(sql, on: handle) }
    defer { statement.finish() }
    while try statement.step() != nil {}
  }

  /// Runs statements that are used once: settings and migrations.
  func script(_ sql: String) throws(StoreFailure) {
    let result = sqlite3_exec(handle, sql, nil, nil, nil)
    guard result == SQLITE_OK else { throw StoreFailure(result, on: handle, sql: sql) }
  }

  /// The integer a `PRAGMA` answers with.
  func pragma(_ name: String) throws(StoreFailure) -> Int {
    let statement = try Statement("PRAGMA \(name)", on: handle)
    defer { statement.finish() }
    return try statement.step()?.int(0) ?? 0
  }

  /// The failure SQLite reported last.
  var lastFailure: StoreFailure { StoreFailure(sqlite3_extended_errcode(handle), on: handle) }

  /// Leaves the transaction, if SQLite has not left it by itself already (disk full, interrupted).
  func rollBack() {
    guard isInTransaction else { return }
    // A ROLLBACK cannot fail in a way that leaves the transaction open (https://www.sqlite.org/lang_transaction.html).
    sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
  }
}
