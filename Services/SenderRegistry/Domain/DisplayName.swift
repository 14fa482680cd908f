/// The name customers see; Meta reviews it (facts: 2 to 75 characters).
enum DisplayName {
  /// The name without white space around it; nil when its length or a control character is wrong.
  static func parse(_ input: String) -> String? {
    let name = input.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
    let text = String(name)
    guard (2...75).contains(text.count), text.utf8.count <= 300,
      !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { return nil }
    return text
  }
}
