import Contracts

/// Country calling codes (ITU-T E.164 assignments), to split a number the way Meta wants it: `cc` and the rest.
enum CallingCode {
  /// The codes of one and two digits; every other code has three.
  private static let short: Set<Substring> = [
    "1", "7", "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
    "49",
    "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84", "86",
    "90", "91", "92", "93", "94", "95", "98",
  ]

  static func split(_ number: PhoneNumber) -> (code: String, national: String) {
    let digits = number.digits
    for length in 1...2 where short.contains(digits.prefix(length)) {
      return (String(digits.prefix(length)), String(digits.dropFirst(length)))
    }
    return (String(digits.prefix(3)), String(digits.dropFirst(3)))
  }
}
