import CSQLite

/// One row of a result, by column number from 0. Valid only inside the closure it is given to.
package struct Row {
  private let statement: OpaquePointer
  private let sql: String

  init(_ statement: OpaquePointer, sql: String) {
    self.statement = statement
    self.sql = sql
  }

  /// How many columns there are.
  package var count: Int { Int(sqlite3_column_count(statement)) }

  /// Whether the column is `NULL`.
  package func isNull(_ column: Int) -> Bool { type(column) == SQLITE_NULL }

  /// A `TEXT` column. Bytes that are not UTF-8 are replaced by U+FFFD. Throws `.unexpectedType`.
  package func text(_ column: Int) throws(StoreFailure) -> String {
    try expect(SQLITE_TEXT, at: column, "text")
    // The text before the length: asking for the text may convert it (https://www.sqlite.org/c3ref/column_blob.html).
    guard let bytes = sqlite3_column_text(statement, Int32(column)) else {
      throw StoreFailure(.other(SQLITE_NOMEM), "no memory for column \(column)", sql: sql)
    }
    let length = Int(sqlite3_column_bytes(statement, Int32(column)))
    return String(decoding: UnsafeBufferPointer(start: bytes, count: length), as: UTF8.self)
  }

  /// An `INTEGER` column. Throws `.unexpectedType`.
  package func int64(_ column: Int) throws(StoreFailure) -> Int64 {
    try expect(SQLITE_INTEGER, at: column, "an integer")
    return sqlite3_column_int64(statement, Int32(column))
  }

  /// An `INTEGER` column. Throws `.unexpectedType`.
  package func int(_ column: Int) throws(StoreFailure) -> Int { Int(try int64(column)) }

  /// An `INTEGER` column of 0 or 1. Throws `.unexpectedType`.
  package func bool(_ column: Int) throws(StoreFailure) -> Bool {
    switch try int64(column) {
    case 0: return false
    case 1: return true
    default: throw StoreFailure(.unexpectedType, "column \(column) is neither 0 nor 1", sql: sql)
    }
  }

  /// A `REAL` (or `INTEGER`) column. Throws `.unexpectedType`.
  package func real(_ column: Int) throws(StoreFailure) -> Double {
    if type(column) != SQLITE_INTEGER { try expect(SQLITE_FLOAT, at: column, "a real") }
    return sqlite3_column_double(statement, Int32(column))
  }

  /// A `BLOB` column. Throws `.unexpectedType`.
  package func blob(_ column: Int) throws(StoreFailure) -> [UInt8] {
    try expect(SQLITE_BLOB, at: column, "a blob")
    guard let bytes = sqlite3_column_blob(statement, Int32(column)) else { return [] }
    return [UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(statement, Int32(column)))))
  }

  /// A `TEXT` column that may be `NULL`. Throws `.unexpectedType`.
  package func optionalText(_ column: Int) throws(StoreFailure) -> String? {
    isNull(column) ? nil : try text(column)
  }

  /// An `INTEGER` column that may be `NULL`. Throws `.unexpectedType`.
  package func optionalInt(_ column: Int) throws(StoreFailure) -> Int? {
    isNull(column) ? nil : try int(column)
  }

  /// An `INTEGER` column that may be `NULL`. Throws `.unexpectedType`.
  package func optionalInt64(_ column: Int) throws(StoreFailure) -> Int64? {
    isNull(column) ? nil : try int64(column)
  }

  /// An `INTEGER` column of 0 or 1 that may be `NULL`. Throws `.unexpectedType`.
  package func optionalBool(_ column: Int) throws(StoreFailure) -> Bool? {
    isNull(column) ? nil : try bool(column)
  }

  /// A `REAL` column that may be `NULL`. Throws `.unexpectedType`.
  package func optionalReal(_ column: Int) throws(StoreFailure) -> Double? {
    isNull(column) ? nil : try real(column)
  }

  /// A `BLOB` column that may be `NULL`. Throws `.unexpectedType`.
  package func optionalBlob(_ column: Int) throws(StoreFailure) -> [UInt8]? {
    isNull(column) ? nil : try blob(column)
  }

  private func type(_ column: Int) -> Int32 {
    precondition(column >= 0 && column < count, "column \(column) of \(count) in: \(sql)")
    return sqlite3_column_type(statement, Int32(column))
  }

  private func expect(_ wanted: Int32, at column: Int, _ name: String) throws(StoreFailure) {
    let found = type(column)
    guard found != wanted else { return }
    let names = [SQLITE_NULL: "NULL", SQLITE_TEXT: "text", SQLITE_INTEGER: "an integer", SQLITE_FLOAT: "a real"]
    let foundName = names[found] ?? "a blob"
    throw StoreFailure(.unexpectedType, "column \(column) is \(foundName), not \(name)", sql: sql)
  }
}
