/// Why the store could not do what it was asked. Carries the statement's text, never a bound value.
package struct StoreFailure: Error, Sendable, Equatable {
  /// What kind of failure this is: what a caller decides on.
  package let code: Code
  /// The statement that failed, if it was one.
  package let sql: String?
  /// What happened, for people.
  package let message: String

  /// A failure of `code`, met while running `sql`.
  package init(_ code: Code, _ message: String, sql: String? = nil) {
    self.code = code
    self.message = message
    self.sql = sql
  }

  /// The kinds of failure.
  package enum Code: Sendable, Equatable {
    /// Another process holds SQLite's lock for longer than the busy time-out. Try again later.
    case busy
    /// No space left on the device. Nothing of this call was stored; earlier data is intact.
    case full
    /// The file, its directory or this connection (`Database.read`) cannot be written.
    case readOnly
    /// Not a database, or a damaged one.
    case corrupt
    /// The file cannot be opened: a missing directory, too many open files.
    case cannotOpen
    /// The row breaks a rule of the schema. `extended` is SQLite's extended result code.
    case constraint(Constraint, extended: Int32)
    /// A queue of this store is full. Nothing was done; try again later.
    case overloaded
    /// The store was closed.
    case closed
    /// Another process (or another `Database` of this one) has this file open.
    case locked
    /// A newer program has migrated this file: `found` migrations, of which this program knows `known`.
    case newerThanBinary(found: Int, known: Int)
    /// A column held `NULL` or another type than the one asked for.
    case unexpectedType
    /// A value, or the number of rows asked for at once, is over its limit.
    case tooBig
    /// The statements took longer than `StoreLimits.bodySeconds`.
    case timedOut
    /// Our own mistake: two statements in one call, a wrong number of values, `COMMIT` inside a write.
    case misuse
    /// Any other SQLite result code (https://www.sqlite.org/rescode.html).
    case other(Int32)
  }

  /// Which rule of the schema was broken.
  package enum Constraint: Sendable, Equatable {
    case unique, foreignKey, check, notNull, dataType, trigger, other
  }
}

extension StoreFailure: CustomStringConvertible {
  /// One line for a log: code, message, and the statement if there is one.
  package var description: String {
    guard let sql else { return "store: \(code): \(message)" }
    return "store: \(code): \(message) [\(sql)]"
  }
}
