/// A piece of a transcript, and what separates it from the one before.
struct SpokenToken: Equatable {
  enum Kind: Equatable {
    /// Digits without anything between them, 0…9.
    case digits([UInt8])
    /// Letters, in lower case, apostrophes dropped.
    case word(String)
    /// A character that no announcement has.
    case mark
  }

  /// How firmly a token is set apart, in order.
  enum Gap: Int, Comparable {
    case none
    /// Spaces, hyphens, quotes.
    case space
    /// A comma, a colon; a full stop between two digits.
    case pause
    /// The end of a sentence.
    case stop

    static func < (left: Gap, right: Gap) -> Bool { left.rawValue < right.rawValue }
  }

  let kind: Kind
  let gap: Gap

  /// What engines write in brackets where nobody speaks.
  private static let silences: Set<String> = [
    "blank audio", "silence", "pause", "beep", "beeping", "ringing", "phone ringing", "no speech",
  ]

  /// Takes a transcript apart, in time linear in its length.
  static func split(_ text: String.UnicodeScalarView.SubSequence) -> [SpokenToken] {
    let scalars = Array(text)
    var tokens: [SpokenToken] = []
    var gap = Gap.none
    var at = 0
    func add(_ kind: Kind) {
      tokens.append(SpokenToken(kind: kind, gap: gap))
      gap = .none
    }
    while at < scalars.count {
      let scalar = scalars[at]
      if scalar.isDecimalDigit {
        let end = scalars[at...].firstIndex { !$0.isDecimalDigit } ?? scalars.count
        add(.digits(scalars[at..<end].map { UInt8($0.properties.numericValue ?? 0) }))
        at = end
      } else if isLetter(scalar) {
        let end = scalars[at...].firstIndex { !isLetter($0) && !isApostrophe($0) } ?? scalars.count
        let letters = scalars[at..<end].filter { !isApostrophe($0) }
        add(.word(String(String.UnicodeScalarView(letters)).lowercased()))
        at = end
      } else if let end = silence(scalars, at) {
        gap = .stop
        at = end
      } else if let found = separator(scalars, at) {
        gap = max(gap, found)
        at += 1
      } else {
        add(.mark)
        at += 1
      }
    }
    return tokens
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) }
    // Combining marks belong to their letter: without them it would be another word.
    return scalar.properties.isAlphabetic || scalar.properties.canonicalCombiningClass != .notReordered
  }

  private static func isApostrophe(_ scalar: Unicode.Scalar) -> Bool { scalar == "'" || scalar == "\u{2019}" }

  private static func separator(_ scalars: [Unicode.Scalar], _ at: Int) -> Gap? {
    switch scalars[at] {
    // A new line is where an engine ends a segment, which may be amid the digits.
    case " ", "\t", "\n", "\r", "\u{A0}", "\u{202F}", "\u{2009}", "-", "\u{2010}"..."\u{2015}", "\"", "'", "\u{2018}",
      "\u{2019}", "\u{201C}", "\u{201D}":
      .space
    case ",", ":": .pause
    case ".":
      // `123.456` and `12.34.56` are one number in somebody's spelling; `123. 456` is two sentences.
      at > 0 && scalars[at - 1].isDecimalDigit && at + 1 < scalars.count && scalars[at + 1].isDecimalDigit
        ? .pause : .stop
    case "!", "?", ";", "\u{2026}": .stop
    default: nil
    }
  }

  /// The end of a remark like `[BLANK_AUDIO]` or `(beep)` that starts here; nil where none does.
  private static func silence(_ scalars: [Unicode.Scalar], _ at: Int) -> Int? {
    let close: Unicode.Scalar
    switch scalars[at] {
    case "[": close = "]"
    case "(": close = ")"
    case "*": close = "*"
    default: return nil
    }
    let limit = min(scalars.count, at + 24)
    guard let end = scalars[(at + 1)..<limit].firstIndex(of: close) else { return nil }
    let inside = scalars[(at + 1)..<end].map { $0 == "_" ? " " : $0 }
    let words = String(String.UnicodeScalarView(inside)).lowercased().split(separator: " ")
    return silences.contains(words.joined(separator: " ")) ? end + 1 : nil
  }
}
