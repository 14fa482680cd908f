/// What the speech server makes of a sound: sentences with times, and how sure it is.
struct Hearing: Sendable {
  /// A sentence: its words, with digits joined.
  struct Segment: Sendable {
    var words: [SpokenWord]
    var text: String { words.map(\.text).joined(separator: " ") }
  }

  var segments: [Segment] = []
  /// Whisper's own measure; its e-th power is a likelihood.
  var averageLogProbability = -0.08
  var noSpeechProbability = 0.01

  var text: String { segments.map(\.text).joined(separator: " ") }

  /// Nothing that anybody would call speech.
  static let nothing: Hearing = {
    var hearing = Hearing()
    hearing.noSpeechProbability = 0.9
    hearing.averageLogProbability = -1
    return hearing
  }()

  private init() {}

  init(text: String, seconds: Double) {
    let range = 0..<Int(seconds * Double(CallSound.rate))
    let words = text.split(separator: " ").map { SpokenWord(text: String($0), range: range) }
    if !words.isEmpty { segments = [Segment(words: words)] }
  }

  /// Whisper-like ears: sure above 10 dB, right but unsure above 5, wrong about digits below, deaf below -5.
  init(_ entry: SoundLibrary.Entry) {
    let decibels = entry.noiseDecibels ?? 100
    guard !entry.words.isEmpty, decibels >= -5 else {
      self = .nothing
      return
    }
    var words = entry.words
    if decibels < 10 { averageLogProbability = -0.6 }
    if decibels < 5 {
      averageLogProbability = -1.1
      noSpeechProbability = 0.2
      // A machine says a digit the same way each time, so it is misheard the same way each time.
      var generator = SeededGenerator(seed: entry.seed)
      let table = (0...9).map { digit in
        generator.chance(0.5) ? Int.random(in: 0...9, using: &generator) : digit
      }
      for index in words.indices where words[index].isDigit {
        if let digit = Int(words[index].text), table.indices.contains(digit) {
          words[index].text = String(table[digit])
        }
      }
    }
    segments = Self.segments(words)
  }

  /// The same with every code changed, each time alike.
  var withWrongCode: Hearing {
    var changed = self
    for (place, segment) in segments.enumerated() {
      changed.segments[place].words = segment.words.map { word in
        var word = word
        guard word.text.filter(\.isNumber).count >= 4 else { return word }
        var seen = 0
        word.text = String(
          word.text.map { character in
            guard let digit = character.wholeNumberValue else { return character }
            seen += 1
            // The second and the fifth digit: a nine for a five, a one for a seven.
            return seen == 2 || seen == 5 ? Character(String((digit + 4) % 10)) : character
          })
        return word
      }
    }
    return changed
  }

  private static func segments(_ words: [SpokenWord]) -> [Segment] {
    var segments: [Segment] = []
    var current: [SpokenWord] = []
    for word in SpokenWord.written(words) {
      current.append(word)
      if word.endsSentence {
        segments.append(Segment(words: current))
        current = []
      }
    }
    if !current.isEmpty { segments.append(Segment(words: current)) }
    return segments
  }
}
