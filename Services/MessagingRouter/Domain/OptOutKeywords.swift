/// Words that customers say to stop marketing messages and to have them again. The whole message must be one of them.
struct OptOutKeywords: Sendable {
  private let out: Set<String>
  private let back: Set<String>

  /// Lists with commas between; an empty list switches that direction off.
  init(out: String, back: String) {
    self.out = Self.words(out)
    self.back = Self.words(back)
  }

  /// True: stop; false: resume; nil: it is about something else.
  func meaning(of text: String) -> Bool? {
    // A long message is never a keyword, and not worth folding.
    guard text.utf8.count <= 100 else { return nil }
    let word = Self.folded(text)
    if out.contains(word) { return true }
    return back.contains(word) ? false : nil
  }

  private static func words(_ list: String) -> Set<String> {
    Set(list.split(separator: ",").map { folded(String($0)) }.filter { !$0.isEmpty })
  }

  /// Without case, and with single spaces only inside.
  private static func folded(_ text: String) -> String {
    text.split { $0.isWhitespace }.joined(separator: " ").lowercased()
  }
}
