/// A day as Meta's ban notices write it.
enum BanDate {
  private static let months = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
  ]

  /// The end of `January 2, 2026` in UTC, in milliseconds since 1970; nil when it is spelt otherwise.
  static func end(of text: String) -> Int64? {
    let words = text.lowercased().split { $0 == " " || $0 == "," }
    guard words.count == 3, let index = months.firstIndex(of: String(words[0])), let day = Int64(words[1]),
      let year = Int64(words[2]), (1...31).contains(day), (2000...9999).contains(year)
    else { return nil }
    return (days(year: year, month: Int64(index + 1), day: day) + 1) * 86_400_000
  }

  /// Days since 1970-01-01 of a Gregorian date, counted in years that begin in March.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month > 2 ? month - 3 : month + 9
    let marchYear = month > 2 ? year : year - 1
    let leaps = marchYear / 4 - marchYear / 100 + marchYear / 400
    return 365 * marchYear + leaps + (153 * shifted + 2) / 5 + day - 1 - 719_468
  }
}
