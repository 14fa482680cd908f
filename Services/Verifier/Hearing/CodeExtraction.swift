/// Which six-digit codes a transcript holds, and what else was said. Pure; time linear in the text, which may be
/// anything.
///
/// Digits are read as engines write them: `123456`, `123-456`, `12 34 56`, `1, 2, 3`, words, teens and tens, `oh`,
/// `double`; `for`, `to`, `ate`, `won` and the like only between two digits. A run that is not six long is no code,
/// unless it is the same six written two or three times without a stop: those are one hearing. What can be read in two
/// ways is not read.
package struct CodeExtraction: Sendable, Equatable {
  /// A code and how often it was said.
  package struct Code: Sendable, Equatable {
    package let digits: String
    package fileprivate(set) var count: Int
  }

  /// Bytes that are looked at: three announcements take 150.
  package static let textLimit = 8 << 10

  /// In the order they were first heard.
  package private(set) var codes: [Code] = []
  /// Runs of digits that are no code.
  package private(set) var others: [String] = []
  /// Words and signs that are not part of the announcement.
  package private(set) var foreignCount = 0
  /// Some digits can be read in more than one way.
  package private(set) var isAmbiguous = false
  /// `code`, `verification` or `WhatsApp` was said: a trace of an announcement, and no more.
  package private(set) var mentionsCode = false
  /// A code came right after Meta's own words for it: `verification code` or `WhatsApp code`. Everybody has a code of
  /// some sort to tell.
  package private(set) var isAnnounced = false
  /// Digits in all, codes or not.
  package private(set) var digitCount = 0
  /// The text was longer than the limit; the rest was not looked at.
  package let isCut: Bool

  /// "Verification code is 123456", and what engines and languages of small differences make of its beginning
  /// ("Your WhatsApp verification code is", "The code is", "What's app"). Deliberately no more: politeness and
  /// fillers are somebody else speaking, or an engine inventing.
  private static let announcement: Set<String> = [
    "verification", "code", "is", "the", "your", "whatsapp", "whats", "app",
  ]
  /// The words that tell an announcement from other speech.
  private static let telling: Set<String> = ["verification", "code", "whatsapp"]
  /// Words of the announcement since the last digits; nil where something foreign was among them.
  private var beginning: [String]? = []

  package init(_ text: String) {
    var rest = text.unicodeScalars[...]
    isCut = text.utf8.count > Self.textLimit
    if isCut {
      // To the start of a character at or before the limit.
      let bytes = text.utf8
      var end = bytes.index(bytes.startIndex, offsetBy: Self.textLimit)
      while end.samePosition(in: text.unicodeScalars) == nil { end = bytes.index(before: end) }
      rest = text.unicodeScalars[..<end]
    }
    var reader = DigitReader(SpokenToken.split(rest))
    while let part = reader.next() {
      switch part {
      case .span(let span): take(span)
      case .foreign(let count):
        foreignCount += count
        beginning = nil
      case .word(let word):
        if Self.announcement.contains(word) {
          if Self.telling.contains(word) { mentionsCode = true }
          beginning?.append(word)
        } else {
          foreignCount += 1
          beginning = nil
        }
      }
    }
  }

  /// The code heard most often; nil where there is none, or a tie.
  package var best: Code? {
    guard let most = codes.max(by: { $0.count < $1.count }) else { return nil }
    return codes.count { $0.count == most.count } == 1 ? most : nil
  }

  /// Whether digits that are no code speak against `code`: they are neither it with some missing nor it with some
  /// too many.
  package func speaksAgainst(_ code: String) -> Bool {
    others.contains { run in
      run.utf8.count > 18 || !(Self.isWithin(run.utf8, code.utf8) || Self.isWithin(code.utf8, run.utf8))
    }
  }

  private mutating func take(_ span: DigitSpan) {
    digitCount += span.digitCount
    let reading = span.read()
    if !reading.codes.isEmpty, let beginning, Self.isMetas(beginning) { isAnnounced = true }
    beginning = []
    if reading.isAmbiguous { isAmbiguous = true }
    others += reading.others.map(Self.text)
    for code in reading.codes.map(Self.text) {
      if let index = codes.firstIndex(where: { $0.digits == code }) {
        codes[index].count += 1
      } else {
        codes.append(Code(digits: code, count: 1))
      }
    }
  }

  /// `[the|your] [WhatsApp] [verification] code [is]`, with one of the two words that tell Meta's code from others.
  /// What a sentence before it left over does not matter.
  private static func isMetas(_ words: [String]) -> Bool {
    var rest = words[...]
    if rest.last == "is" { rest.removeLast() }
    guard rest.popLast() == "code", let last = rest.last else { return false }
    return last == "verification" || last == "whatsapp" || rest.suffix(2) == ["whats", "app"]
  }

  private static func text(_ digits: [UInt8]) -> String {
    String(decoding: digits.map { UInt8(ascii: "0") + $0 }, as: UTF8.self)
  }

  /// Whether `part` is left of `whole` when some of it is taken away.
  private static func isWithin(_ part: String.UTF8View, _ whole: String.UTF8View) -> Bool {
    var rest = part[...]
    for byte in whole where byte == rest.first { rest.removeFirst() }
    return rest.isEmpty
  }
}

extension CodeExtraction: CustomStringConvertible, CustomReflectable {
  package var description: String { "CodeExtraction(…)" }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
