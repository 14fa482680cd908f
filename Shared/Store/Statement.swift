import CSQLite

/// One prepared statement. Owned by a `Connection`, used on its thread only.
final class Statement {
  let sql: String
  /// Between `step` and `finish`: the same statement cannot be used for a query inside its own loop.
  var isInUse = false
  /// When it was last used, in uses of its cache.
  var lastUse = 0
  private let handle: OpaquePointer
  private let database: OpaquePointer

  init(_ sql: String, on database: OpaquePointer) throws(StoreFailure) {
    var sqlCopy = sql
    let (result, prepared, isAlone) = sqlCopy.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { text in
        var prepared: OpaquePointer?
        var tail: UnsafePointer<CChar>?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        let result = sqlite3_prepare_v3(database, text.baseAddress, Int32(text.count), flags, &prepared, &tail)
        return (result, prepared, Self.isBlank(from: tail, in: text))
      }
    }
    guard result == SQLITE_OK else { throw StoreFailure(result, on: database, sql: sql) }
    guard let prepared else { throw StoreFailure(.misuse, "there is no statement here", sql: sql) }
    guard isAlone else {
      sqlite3_finalize(prepared)
      throw StoreFailure(.misuse, "more than one statement in a call", sql: sql)
    }
    self.sql = sql
    self.handle = prepared
    self.database = database
  }

  deinit { sqlite3_finalize(handle) }

  private static func isBlank(from tail: UnsafePointer<CChar>?, in text: UnsafeBufferPointer<CChar>) -> Bool {
    guard let tail, let start = text.baseAddress else { return true }
    return text[(tail - start)...].allSatisfy { " \n\t\r;".utf8.contains(UInt8(bitPattern: $0)) }
  }

  /// Whether the statement could change the database.
  var isReadOnly: Bool { sqlite3_stmt_readonly(handle) != 0 }

  func bind(_ values: [any SQLConvertible]) throws(StoreFailure) {
    guard values.count == Int(sqlite3_bind_parameter_count(handle)) else {
      let wanted = sqlite3_bind_parameter_count(handle)
      throw StoreFailure(.misuse, "\(values.count) values for \(wanted) parameters", sql: sql)
    }
    for (index, value) in values.enumerated() {
      let result = bind(value.sqlValue, at: Int32(index + 1))
      guard result == SQLITE_OK else { throw StoreFailure(result, on: database, sql: sql) }
    }
  }

  /// SQLite copies text and blobs: a Swift buffer does not outlive its closure. Lengths are given, never a NUL.
  /// An empty Swift buffer may have no address, which SQLite would take for `NULL`.
  private func bind(_ value: SQLValue, at index: Int32) -> Int32 {
    switch value {
    case .null: return sqlite3_bind_null(handle, index)
    case .integer(let value): return sqlite3_bind_int64(handle, index, value)
    case .real(let value): return sqlite3_bind_double(handle, index, value)
    case .text(var value):
      return value.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) { text in
          guard let start = text.baseAddress, !text.isEmpty else {
            return sqlite3_bind_text64(handle, index, "", 0, wss_sqlite_transient(), UInt8(SQLITE_UTF8))
          }
          let length = sqlite3_uint64(text.count)
          return sqlite3_bind_text64(handle, index, start, length, wss_sqlite_transient(), UInt8(SQLITE_UTF8))
        }
      }
    case .blob(let value):
      guard !value.isEmpty else { return sqlite3_bind_zeroblob(handle, index, 0) }
      return value.withUnsafeBytes { bytes in
        sqlite3_bind_blob64(handle, index, bytes.baseAddress, sqlite3_uint64(bytes.count), wss_sqlite_transient())
      }
    }
  }

  /// The next row, or nil when the statement is done.
  func step() throws(StoreFailure) -> Row? {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return Row(handle, sql: sql)
    case SQLITE_DONE: return nil
    case let result: throw StoreFailure(result, on: database, sql: sql)
    }
  }

  /// What it has cost since it was asked last.
  func takeCost() -> StatementCost {
    StatementCost(
      sql: sql, scannedRows: Int(sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1)),
      operations: Int(sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_VM_STEP, 1)))
  }

  /// Makes it ready for its next use and forgets the values, which may be secrets and may be large.
  func finish() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
    isInUse = false
  }
}
