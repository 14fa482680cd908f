/// What engines are known to write where nobody spoke, or where they understood nothing: the ends of videos they were
/// trained on, and remarks in brackets.
enum InventedSpeech {
  private static let phrases: [[String]] = [
    "thank you", "thank you very much", "thank you so much", "thank you for watching", "thank you for listening",
    "thanks", "thanks for watching", "thanks for listening", "thank you for your attention", "please subscribe",
    "please subscribe to my channel", "like and subscribe", "dont forget to subscribe", "see you next time",
    "see you in the next video", "ill see you in the next video", "see you", "bye", "bye bye", "goodbye", "you", "so",
    "the end", "okay", "ok", "oh", "uh", "um", "hmm", "mm", "hello",
    "subtitles by the amaraorg community", "subtitles by the amara org community",
    "transcription by castingwords", "music", "applause", "silence", "blank audio", "inaudible", "foreign",
  ].map { $0.split(separator: " ").map(String.init) }.sorted { $0.count > $1.count }

  /// Whether a text holds nothing but such phrases, remarks and signs, or nothing at all. A digit is none of them.
  static func isAll(of text: String) -> Bool {
    let scalars = text.unicodeScalars.prefix(CodeExtraction.textLimit)
    if scalars.contains(where: \.isDecimalDigit) { return false }
    var words = words(of: String(String.UnicodeScalarView(scalars)))[...]
    while !words.isEmpty {
      guard let phrase = phrases.first(where: { words.starts(with: $0) }) else { return false }
      words = words.dropFirst(phrase.count)
    }
    return true
  }

  /// How often somebody greets.
  static func greetings(in text: String) -> Int {
    let scalars = text.unicodeScalars.prefix(CodeExtraction.textLimit)
    return words(of: String(String.UnicodeScalarView(scalars))).count { ["hello", "hi", "hallo"].contains($0) }
  }

  /// In lower case, without apostrophes, without what stands in brackets.
  private static func words(of text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var closing: Character?
    for character in text {
      if let close = closing {
        if character == close { closing = nil }
        continue
      }
      switch character {
      case "[": closing = "]"
      case "(": closing = ")"
      case "'", "\u{2019}": continue
      case _ where character.isLetter:
        word.append(contentsOf: character.lowercased())
        continue
      default: break
      }
      if !word.isEmpty { words.append(word) }
      word = ""
    }
    if !word.isEmpty { words.append(word) }
    return words
  }
}
