/// A moment in UTC: integer milliseconds since 1970 inside, RFC 3339 with milliseconds outside.
package struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

  package var description: String {
    let (days, time) = milliseconds.flooredQuotientAndRemainder(by: 86_400_000)
    let (year, month, day) = Self.civil(fromDays: days)
    let seconds = time / 1000
    return Self.pad(year, 4) + "-" + Self.pad(month, 2) + "-" + Self.pad(day, 2) + "T" + Self.pad(seconds / 3600, 2)
      + ":" + Self.pad(seconds / 60 % 60, 2) + ":" + Self.pad(seconds % 60, 2) + "." + Self.pad(time % 1000, 3) + "Z"
  }

  /// Parses RFC 3339 with `Z` or an offset; fractions beyond milliseconds are cut.
  package init(parsing text: String) throws(ValueFailure) {
    let failure = ValueFailure("expected a time such as 2026-11-22T10:30:00.000Z")
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>) -> Int64? {
      guard range.upperBound <= bytes.count else { return nil }
      var value: Int64 = 0
      for byte in bytes[range] {
        guard (48...57).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - 48)
      }
      return value
    }
    func has(_ index: Int, _ accepted: String) -> Bool {
      index < bytes.count && accepted.utf8.contains(bytes[index])
    }
    guard let year = number(0..<4), has(4, "-"), let month = number(5..<7), has(7, "-"), let day = number(8..<10),
      has(10, "Tt "), let hour = number(11..<13), has(13, ":"), let minute = number(14..<16), has(16, ":"),
      let second = number(17..<19), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
      second <= 60
    else { throw failure }
    var index = 19
    var fraction: Int64 = 0
    if has(index, ".") {
      index += 1
      var scale: Int64 = 100
      let start = index
      while index < bytes.count, (48...57).contains(bytes[index]) {
        fraction += Int64(bytes[index] - 48) * scale
        scale /= 10
        index += 1
      }
      guard index > start else { throw failure }
    }
    var offset: Int64 = 0
    if has(index, "Zz") {
      index += 1
    } else if has(index, "+-"), let hours = number(index + 1..<index + 3), has(index + 3, ":"),
      let minutes = number(index + 4..<index + 6), hours < 24, minutes < 60
    {
      offset = (hours * 60 + minutes) * (bytes[index] == UInt8(ascii: "-") ? -1 : 1)
      index += 6
    } else {
      throw failure
    }
    guard index == bytes.count, day <= Self.daysIn(month: month, year: year) else { throw failure }
    let seconds = Self.days(fromCivil: year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset * 60
    milliseconds = seconds * 1000 + fraction
  }

  private static func pad(_ value: Int64, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }

  private static func daysIn(month: Int64, year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days since 1970-01-01 of a proleptic Gregorian date; years start in March so that leap days come last.
  private static func days(fromCivil year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted.flooredQuotientAndRemainder(by: 400).quotient
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let (era, dayOfEra) = shifted.flooredQuotientAndRemainder(by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
  }
}

extension Int64 {
  /// Quotient rounded towards minus infinity, remainder never negative.
  fileprivate func flooredQuotientAndRemainder(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}

extension Timestamp: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    do throws(ValueFailure) {
      try self.init(parsing: text)
    } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.message)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
