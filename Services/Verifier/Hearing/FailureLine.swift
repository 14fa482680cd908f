/// What others wrote about a failure, made fit for a log line: an engine may quote what it heard.
enum FailureLine {
  static let characters = 200

  /// The first line that is not empty, cut, without control characters. Where it holds six digits or more, as a code
  /// has, figures are masked; where three or more are spelled as words, it is withheld.
  static func of(_ text: String) -> String {
    let line = text.unicodeScalars.prefix(4_096).split { $0.properties.isWhitespace && $0 != " " && $0 != "\t" }
      .lazy.map { String(String.UnicodeScalarView($0)).trimmedOfSpaces }.first { !$0.isEmpty }
    guard let line else { return "no reason given" }
    let clean = line.unicodeScalars.prefix(characters).map { scalar -> Unicode.Scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: " "
      default: scalar
      }
    }
    // What is shown is what is judged: a control character may have stood between two digits.
    let all = CodeExtraction(String(String.UnicodeScalarView(clean))).digitCount
    if all - clean.count(where: \.isDecimalDigit) >= 3 { return "(withheld: its words may be a code)" }
    let shown = clean.map { all >= 6 && $0.isDecimalDigit ? "#" : $0 }
    return String(String.UnicodeScalarView(shown)) + (line.unicodeScalars.count > characters ? "…" : "")
  }
}

extension String {
  /// Without spaces and tabs at both ends.
  fileprivate var trimmedOfSpaces: String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    let start = drop(while: isSpace)
    guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(start[...last])
  }
}
