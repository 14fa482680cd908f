/// A Swift value that can be bound to a `?` of a statement.
package protocol SQLConvertible: Sendable {
  /// The value as SQLite stores it.
  var sqlValue: SQLValue { get }
}

extension SQLValue: SQLConvertible {
  /// Itself.
  package var sqlValue: SQLValue { self }
}

extension String: SQLConvertible {
  /// `TEXT`, with every byte kept, NUL included.
  package var sqlValue: SQLValue { .text(self) }
}

extension Int: SQLConvertible {
  /// `INTEGER`.
  package var sqlValue: SQLValue { .integer(Int64(self)) }
}

extension Int64: SQLConvertible {
  /// `INTEGER`.
  package var sqlValue: SQLValue { .integer(self) }
}

extension Bool: SQLConvertible {
  /// `INTEGER` 1 or 0.
  package var sqlValue: SQLValue { .integer(self ? 1 : 0) }
}

extension Double: SQLConvertible {
  /// `REAL`. SQLite stores a NaN as `NULL`.
  package var sqlValue: SQLValue { .real(self) }
}

extension Array: SQLConvertible where Element == UInt8 {
  /// `BLOB`.
  package var sqlValue: SQLValue { .blob(self) }
}

extension Optional: SQLConvertible where Wrapped: SQLConvertible {
  /// The wrapped value, or `NULL`.
  package var sqlValue: SQLValue { self?.sqlValue ?? .null }
}
