/// The name customers see; Meta reviews it (facts: 2 to 75 characters).
enum DisplayName {
  /// The name without white space around it; nil when its length or a control character is wrong.
  /// Characters that show nothing and change how others show (Unicode Cf) are refused, as they make one name look like
  /// another; the two joiners that Persian, Indic scripts and emoji are spelled with are not.
  static func parse(_ input: String) -> String? {
    let name = input.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
    let text = String(name)
    guard (2...75).contains(text.count), text.utf8.count <= 300,
      !text.unicodeScalars.contains(where: isRefused)
    else { return nil }
    return text
  }

  private static func isRefused(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control: true
    case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
    default: false
    }
  }
}
