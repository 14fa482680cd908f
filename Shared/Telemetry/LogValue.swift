/// What a field of a log line may hold.
///
/// Secrets have no case here, on purpose. What belongs to people (phone numbers, names, message bodies)
/// goes in as `redacted` and prints as a keyed hash: lines about one person correlate, nobody is named.
package enum LogValue: Sendable {
  /// Text of ours: identifiers, codes, reasons. Cut at 2,048 bytes.
  case string(String)
  /// A whole number; the field's name carries the unit.
  case int(Int)
  /// A number; what JSON cannot spell (NaN, infinities) prints as null.
  case double(Double)
  /// True or false.
  case bool(Bool)
  /// People's data: printed as `#` and 12 hex digits of a keyed hash.
  case redacted(String)
  /// Nothing.
  case null

  /// A whole number of 64 bits.
  package static func int64(_ value: Int64) -> LogValue { .int(Int(value)) }

  /// Text that may be absent.
  package static func optional(_ text: String?) -> LogValue { text.map { .string($0) } ?? .null }

  /// An error of ours, by its own description. Not for errors that quote what a customer sent.
  package static func failure(_ error: any Error) -> LogValue { .string(String(describing: error)) }
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByFloatLiteral, ExpressibleByNilLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int) { self = .int(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(floatLiteral value: Double) { self = .double(value) }
  package init(nilLiteral: ()) { self = .null }
}
