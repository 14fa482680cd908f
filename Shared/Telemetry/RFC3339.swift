/// Times as people and JSON see them: `2026-02-28T09:05:07.042Z` (RFC 3339, UTC, milliseconds).
package enum RFC3339 {
  /// Spells milliseconds since 1970. Years outside 0...9999 are clamped, which RFC 3339 cannot spell.
  package static func format(milliseconds: Int64) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(24)
    append(milliseconds: milliseconds, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The same, straight into a buffer.
  package static func append(milliseconds: Int64, to bytes: inout [UInt8]) {
    let clamped = min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999)
    let (days, time) = floorDivide(clamped, by: 86_400_000)
    let (year, month, day) = civil(days: days)
    digits(year, 4, &bytes)
    bytes.append(UInt8(ascii: "-"))
    digits(month, 2, &bytes)
    bytes.append(UInt8(ascii: "-"))
    digits(day, 2, &bytes)
    bytes.append(UInt8(ascii: "T"))
    digits(time / 3_600_000, 2, &bytes)
    bytes.append(UInt8(ascii: ":"))
    digits(time / 60_000 % 60, 2, &bytes)
    bytes.append(UInt8(ascii: ":"))
    digits(time / 1_000 % 60, 2, &bytes)
    bytes.append(UInt8(ascii: "."))
    digits(time % 1_000, 3, &bytes)
    bytes.append(UInt8(ascii: "Z"))
  }

  /// Days since 1970 as year, month, day. The calendar's pattern repeats every 400 years (146,097 days);
  /// counting the year from March puts the leap day last.
  private static func civil(days: Int64) -> (Int64, Int64, Int64) {
    let (era, dayOfEra) = floorDivide(days + 719_468, by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  private static func floorDivide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  private static func digits(_ value: Int64, _ count: Int, _ bytes: inout [UInt8]) {
    var divisor: Int64 = 1
    for _ in 1..<count { divisor *= 10 }
    while divisor > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
      divisor /= 10
    }
  }
}
