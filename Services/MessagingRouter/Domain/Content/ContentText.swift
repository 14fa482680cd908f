/// Checks of single texts. Lengths count Unicode code points: Meta says "characters", and code points are what its
/// clients count; a text that Meta counts otherwise is refused by Meta, never cut.
enum ContentText {
  /// A text that people read: between 1 and `most` code points, something to see, and of the control characters only
  /// those of `allowed`.
  static func words(_ text: String, _ field: String, most: Int, isSingleLine: Bool = false) throws(ContentProblem) {
    try length(text, field, 1...most)
    guard !MessageText.isBlank(text) else {
      throw ContentProblem(.text, field, "nobody would see anything: write some words")
    }
    try controls(text, field, isSingleLine: isSingleLine)
  }

  /// A text for programs: an id, a token, a name.
  static func identifier(_ text: String, _ field: String, most: Int) throws(ContentProblem) {
    try words(text, field, most: most, isSingleLine: true)
  }

  /// The same where it may be absent.
  static func optional(_ text: String?, _ field: String, most: Int, isSingleLine: Bool = true) throws(ContentProblem) {
    guard let text else { return }
    try words(text, field, most: most, isSingleLine: isSingleLine)
  }

  static func length(_ text: String, _ field: String, _ bounds: ClosedRange<Int>) throws(ContentProblem) {
    let count = text.unicodeScalars.count
    guard bounds.contains(count) else {
      throw ContentProblem(
        .length, field, "has \(bounds.lowerBound) to \(bounds.upperBound) characters, this one has \(count)")
    }
  }

  static func count<Element>(_ list: [Element], _ field: String, _ bounds: ClosedRange<Int>) throws(ContentProblem) {
    guard bounds.contains(list.count) else {
      throw ContentProblem(
        .count, field, "has \(bounds.lowerBound) to \(bounds.upperBound) entries, this one has \(list.count)")
    }
  }

  /// The member, which this kind of message needs.
  static func required<Value>(_ value: Value?, _ field: String, _ why: String) throws(ContentProblem) -> Value {
    guard let value else { throw ContentProblem(.required, field, "\(why) needs it: add it") }
    return value
  }

  /// The member must not be there.
  static func absent<Value>(_ value: Value?, _ field: String, _ why: String) throws(ContentProblem) {
    if value != nil { throw ContentProblem(.notAllowed, field, "\(why) does not have it: leave it out") }
  }

  /// One of the words that Meta knows.
  static func word(_ word: String?, _ field: String, of known: [String]) throws(ContentProblem) {
    guard let word, !known.contains(word) else { return }
    throw ContentProblem(.value, field, "is \(known.joined(separator: " or "))")
  }

  /// An https address with a host; at most 2,000 characters, as in a template's button.
  static func link(_ link: String, _ field: String) throws(ContentProblem) {
    try length(link, field, 1...2_000)
    let rest = link.dropFirst("https://".count)
    guard link.lowercased().hasPrefix("https://") else {
      throw ContentProblem(.link, field, "starts with https://")
    }
    let isPlain = link.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && $0 != "\\" && $0 != "\"" }
    let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard isPlain, !host.isEmpty, !host.contains("@"), host.first != ":", host.first != "." else {
      throw ContentProblem(.link, field, "is no address such as https://example.com/menu")
    }
  }

  private static func controls(_ text: String, _ field: String, isSingleLine: Bool) throws(ContentProblem) {
    let isForbidden: (Unicode.Scalar) -> Bool = { scalar in
      isSingleLine ? scalar.value < 0x20 || scalar.value == 0x7F : MessageText.isForbidden(scalar)
    }
    guard !text.unicodeScalars.contains(where: isForbidden) else {
      throw ContentProblem(
        .text, field,
        isSingleLine
          ? "is one line without control characters"
          : "has control characters: only tab and line ends may be in it")
    }
  }
}
