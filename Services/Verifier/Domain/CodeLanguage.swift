/// The language of the code's message, in Meta's spelling: `en_US`, `de`. Meta falls back to `en_US` for those it lacks.
enum CodeLanguage {
  static let standard = "en_US"

  static func isValid(_ text: String) -> Bool {
    let parts = text.split(separator: "_", omittingEmptySubsequences: false)
    guard let language = parts.first, (2...3).contains(language.utf8.count), parts.count <= 2,
      language.allSatisfy({ $0.isASCII && $0.isLowercase })
    else { return false }
    guard parts.count == 2 else { return true }
    return (2...3).contains(parts[1].utf8.count)
      && parts[1].allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber) }
  }
}
