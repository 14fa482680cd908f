/// Digits in the ways that engines write them.
enum ExtractionSpelling {
  static let units = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
  static let teens = [
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
  ]
  static let tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
  private static let soundsLike = [1: "won", 2: "to", 3: "tree", 4: "for", 5: "fife", 8: "ate", 9: "niner"]
  private static let fullWidth = ["０", "１", "２", "３", "４", "５", "６", "７", "８", "９"]
  static let ways = 10

  /// Any number of digits in one of `ways`; `pick` draws from a list.
  static func spell(_ digits: [Int], way: Int, pick: ([String]) -> String) -> String {
    let texts = digits.map(String.init)
    switch way {
    case 0: return texts.joined()
    case 1: return texts.joined(separator: pick([" ", ", ", "-", ". "]))
    case 2: return groups(texts, of: 3).joined(separator: pick([" ", "-", ","]))
    case 3: return groups(texts, of: 2).joined(separator: pick([" ", "-", ":"]))
    case 4: return digits.map { units[$0] }.joined(separator: pick([" ", ", ", "-", ". "]))
    case 5:
      return digits.enumerated().map { $1 == 0 && $0 > 0 ? pick(["oh", "o", "zero", "nought"]) : units[$1] }
        .joined(separator: " ")
    case 6: return digits.enumerated().map { $0 % 2 == 0 ? units[$1] : texts[$0] }.joined(separator: " ")
    case 7: return pairs(digits)
    case 8: return doubled(digits)
    default:
      if pick(["wide", "alike"]) == "wide" { return digits.map { fullWidth[$0] }.joined() }
      // Never the first or the last: there the words are words.
      return digits.enumerated().map { index, digit in
        index > 0 && index < digits.count - 1 && index % 2 == 0 ? soundsLike[digit] ?? units[digit] : units[digit]
      }.joined(separator: " ")
    }
  }

  /// Two digits as one number: `thirty-four`, `oh five`, `twelve`.
  static func pair(_ first: Int, _ second: Int) -> String {
    switch (first, second) {
    case (0, _): "\(units[0]) \(units[second])"
    case (1, _): teens[second]
    case (_, 0): tens[first]
    default: "\(tens[first])-\(units[second])"
    }
  }

  private static func pairs(_ digits: [Int]) -> String {
    stride(from: 0, to: digits.count, by: 2).map { at in
      guard at + 1 < digits.count else { return units[digits[at]] }
      // `twenty` before a last single digit would be one number with it: nobody can tell.
      let isOpen = digits[at + 1] == 0 && at + 3 == digits.count
      return isOpen ? "\(units[digits[at]]) zero" : pair(digits[at], digits[at + 1])
    }.joined(separator: " ")
  }

  private static func doubled(_ digits: [Int]) -> String {
    var said: [String] = []
    var at = 0
    while at < digits.count {
      let same = digits[at...].prefix(3).prefix { $0 == digits[at] }.count
      said.append((same == 3 ? "triple " : same == 2 ? "double " : "") + units[digits[at]])
      at += same
    }
    return said.joined(separator: " ")
  }

  private static func groups(_ texts: [String], of size: Int) -> [String] {
    stride(from: 0, to: texts.count, by: size).map { texts[$0..<min($0 + size, texts.count)].joined() }
  }
}
