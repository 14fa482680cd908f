/// What people call a number among themselves.
enum Nickname {
  /// The text without white space around it, nil for none. Throws for more than 64 characters or a control character.
  static func parse(_ input: String?) throws(NicknameRefused) -> String? {
    guard let input else { return nil }
    let text = String(input.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    guard text.count <= 64, text.utf8.count <= 256,
      !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { throw NicknameRefused() }
    return text.isEmpty ? nil : text
  }
}

struct NicknameRefused: Error, Equatable {}
