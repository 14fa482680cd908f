/// An English word that stands for digits, or may do so.
enum NumberWord: Equatable {
  /// `zero` to `nine`.
  case unit(UInt8)
  /// `ten` to `nineteen`.
  case teen(UInt8)
  /// `twenty` to `ninety`, by the first digit: a unit may follow.
  case tens(UInt8)
  /// `o`, `oh`: a zero beside another digit, an exclamation elsewhere.
  case oh
  /// Sounds like a digit: one only between two digits.
  case soundsLike(UInt8)
  /// `double`, `triple`: says the next digit so often.
  case times(Int)
  /// `hundred` and more: `one hundred twenty three` is 123 or 10023, so nothing is read from it.
  case magnitude

  /// Nil for every other word. `word` is in lower case.
  init?(_ word: String) {
    guard let found = Self.words[word] else { return nil }
    self = found
  }

  /// A digit wherever it stands.
  var isSure: Bool {
    switch self {
    case .unit, .teen, .tens: true
    case .oh, .soundsLike, .times, .magnitude: false
    }
  }

  private static let words: [String: NumberWord] = [
    "zero": .unit(0), "nought": .unit(0), "naught": .unit(0), "one": .unit(1), "two": .unit(2), "three": .unit(3),
    "four": .unit(4), "five": .unit(5), "six": .unit(6), "seven": .unit(7), "eight": .unit(8), "nine": .unit(9),
    "ten": .teen(10), "eleven": .teen(11), "twelve": .teen(12), "thirteen": .teen(13), "fourteen": .teen(14),
    "fifteen": .teen(15), "sixteen": .teen(16), "seventeen": .teen(17), "eighteen": .teen(18), "nineteen": .teen(19),
    "twenty": .tens(2), "thirty": .tens(3), "forty": .tens(4), "fourty": .tens(4), "fifty": .tens(5),
    "sixty": .tens(6), "seventy": .tens(7), "eighty": .tens(8), "ninety": .tens(9),
    "o": .oh, "oh": .oh,
    "won": .soundsLike(1), "to": .soundsLike(2), "too": .soundsLike(2), "tree": .soundsLike(3), "for": .soundsLike(4),
    "fore": .soundsLike(4), "fife": .soundsLike(5), "ate": .soundsLike(8), "niner": .soundsLike(9),
    "double": .times(2), "triple": .times(3), "treble": .times(3),
    "hundred": .magnitude, "thousand": .magnitude, "million": .magnitude, "billion": .magnitude,
  ]
}
