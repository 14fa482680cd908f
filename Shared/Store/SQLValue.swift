/// One value as SQLite stores it.
package enum SQLValue: Sendable, Equatable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])
}

extension SQLValue: ExpressibleByNilLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByStringLiteral, ExpressibleByBooleanLiteral
{
  /// SQL `NULL`.
  package init(nilLiteral: ()) { self = .null }
  /// An `INTEGER`.
  package init(integerLiteral value: Int64) { self = .integer(value) }
  /// A `REAL`.
  package init(floatLiteral value: Double) { self = .real(value) }
  /// A `TEXT`.
  package init(stringLiteral value: String) { self = .text(value) }
  /// `INTEGER` 1 or 0: SQLite has no boolean of its own.
  package init(booleanLiteral value: Bool) { self = .integer(value ? 1 : 0) }
}
