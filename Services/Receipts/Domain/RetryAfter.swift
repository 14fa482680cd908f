/// The `Retry-After` field (RFC 9110 §10.2.3).
enum RetryAfter {
  /// Longer ones are cut: nobody waits for them.
  static let longest: Int64 = 366 * 86_400_000
  /// Bytes of the field that are looked at.
  static let mostBytes = 64

  private static let months = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]

  /// Milliseconds to wait: from seconds or from a date in any of the three spellings; nil for anything else. A date
  /// that has passed is 0.
  static func parse(_ text: String?, at now: Int64) -> Int64? {
    guard let text, text.utf8.count <= mostBytes else { return nil }
    let words = text.split { $0 == " " || $0 == "\t" }
    if words.count == 1, let seconds = number(words[0], digits: 1...18) {
      return seconds > longest / 1_000 ? longest : seconds * 1_000
    }
    guard let moment = date(text) else { return nil }
    return min(max(0, moment - now), longest)
  }

  /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`.
  private static func date(_ text: String) -> Int64? {
    let words = text.split { " ,-\t".contains($0) }
    guard (5...6).contains(words.count) else { return nil }
    let isAscTime = words.count == 5
    if !isAscTime, words[5] != "GMT" { return nil }
    let (dayText, monthText, yearText, timeText) =
      isAscTime ? (words[2], words[1], words[4], words[3]) : (words[1], words[2], words[3], words[4])
    guard let day = number(dayText, digits: 1...2), (1...31).contains(day),
      let month = months.firstIndex(of: monthText.lowercased()),
      var year = number(yearText, digits: 2...4), let time = time(timeText)
    else { return nil }
    // Two digits are of a spelling that nobody has used since then for a date in the past.
    if year < 100 { year += 2000 }
    return (days(year, Int64(month) + 1, day) * 86_400 + time) * 1_000
  }

  private static func time(_ text: Substring) -> Int64? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let hour = number(parts[0], digits: 2...2), hour < 24,
      let minute = number(parts[1], digits: 2...2), minute < 60, let second = number(parts[2], digits: 2...2),
      second <= 60
    else { return nil }
    return hour * 3_600 + minute * 60 + second
  }

  private static func number(_ text: Substring, digits: ClosedRange<Int>) -> Int64? {
    guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int64(text)
  }

  /// Days since 1970 of a date of the Gregorian calendar: years begin in March here, so that a leap day ends one.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return 365 * year + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
  }
}
