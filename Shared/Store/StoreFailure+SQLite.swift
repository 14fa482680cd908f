import CSQLite
import Glibc

/// The one table from SQLite's result codes to ours.
extension StoreFailure.Code {
  /// The code for SQLite's (extended) result code.
  init(sqlite result: Int32) {
    switch result & 0xFF {
    case SQLITE_BUSY, SQLITE_LOCKED: self = .busy
    case SQLITE_FULL: self = .full
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: self = .readOnly
    case SQLITE_CORRUPT, SQLITE_NOTADB: self = .corrupt
    case SQLITE_CANTOPEN: self = .cannotOpen
    case SQLITE_CONSTRAINT: self = .constraint(.init(sqlite: result), extended: result)
    case SQLITE_TOOBIG: self = .tooBig
    case SQLITE_INTERRUPT: self = .timedOut
    case SQLITE_MISUSE, SQLITE_RANGE: self = .misuse
    default: self = .other(result)
    }
  }
}

extension StoreFailure.Constraint {
  /// https://www.sqlite.org/rescode.html#constraint: the kind sits in the second byte.
  init(sqlite result: Int32) {
    switch result >> 8 {
    case 1: self = .check
    case 3: self = .foreignKey
    case 5: self = .notNull
    case 6, 8, 10: self = .unique  // primary key, unique index, rowid
    case 7: self = .trigger
    case 12: self = .dataType
    default: self = .other
    }
  }
}

extension StoreFailure {
  /// The last failure of `handle`, met while running `sql`.
  init(_ result: Int32, on handle: OpaquePointer?, sql: String? = nil) {
    let text = handle.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(result)
    var code = Code(sqlite: result)
    if result & 0xFF == SQLITE_IOERR, let handle {
      // Growing the log's index, or a sync, can be what meets the full disk; SQLite calls that an I/O error.
      switch sqlite3_system_errno(handle) {
      case ENOSPC, EDQUOT: code = .full
      case EROFS: code = .readOnly
      default: break
      }
    }
    self.init(code, text.map { String(cString: $0) } ?? "SQLite result \(result)", sql: sql)
  }
}
