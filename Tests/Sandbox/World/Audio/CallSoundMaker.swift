import Glibc

/// Puts a call together: line, ring tone, the words as often as asked for, noise, and its end.
struct CallSoundMaker: Sendable {
  let voice: SpeechSynthesiser

  /// Pauses in seconds: before the first word, between repetitions, around digits, before the caller hangs up.
  private static let pauses = (before: 0.8, between: 1.0, digit: 0.12, after: 0.5)
  /// The level of speech, for noise on a line where nobody speaks.
  private static let usualLevel = 3_000.0

  func make(_ script: CallScript, seed: UInt64) async throws(AudioFailure) -> CallSound {
    var line: [Int16] = Self.ring(script.ringSeconds) + Self.quiet(Self.pauses.before)
    var words: [SpokenWord] = []
    var level = Self.usualLevel
    if script.isSilent {
      line += Self.quiet(script.silenceSeconds)
    } else {
      let (samples, spoken) = try await utterance(script)
      level = Self.level(samples)
      for index in 0..<script.times {
        if index > 0 { line += Self.quiet(Self.pauses.between) }
        words += spoken.map { word in
          var word = word
          word.range = word.range.lowerBound + line.count..<word.range.upperBound + line.count
          return word
        }
        line += samples
      }
      line += Self.quiet(Self.pauses.after)
    }
    if let decibels = script.noiseDecibels { Self.addNoise(level / pow(10, decibels / 20), to: &line, seed: seed) }
    let sound = CallSound(samples: line.map(MuLaw.encode), words: words, noiseDecibels: script.noiseDecibels)
    guard let seconds = script.cutOffSeconds else { return sound }
    return sound.part(0..<min(Self.count(seconds), sound.samples.count))
  }

  /// One repetition.
  private func utterance(_ script: CallScript) async throws(AudioFailure) -> ([Int16], [SpokenWord]) {
    guard let code = script.code, script.say == nil else {
      let text = script.say ?? ""
      let samples = try await voice.samples(of: text)
      return (samples, Self.spread(text, samples.indices))
    }
    // The announcement and each digit are synthesised once; every code is then put together from the same eleven
    // pieces, as announcements of machines are.
    var samples = try await voice.samples(of: "Verification code is")
    var words = Self.spread("Verification code is", samples.indices)
    for digit in code {
      samples += Self.quiet(Self.pauses.digit)
      let piece = try await voice.samples(of: String(digit))
      words.append(
        SpokenWord(text: String(digit), range: samples.count..<samples.count + piece.count, isDigit: true))
      samples += piece
    }
    if let last = words.indices.last { words[last].endsSentence = true }
    return (samples, words)
  }

  /// Gives each word a share of the sound by its letters.
  private static func spread(_ text: String, _ range: Range<Int>) -> [SpokenWord] {
    let texts = text.split(separator: " ")
    let letters = max(1, texts.reduce(0) { $0 + $1.count })
    var (position, used) = (range.lowerBound, 0)
    var words = texts.map { text in
      used += text.count
      let end = range.lowerBound + range.count * used / letters
      defer { position = end }
      return SpokenWord(text: String(text), range: position..<end)
    }
    if let last = words.indices.last, words[last].text.last == "." { words[last].endsSentence = true }
    return words
  }

  static func count(_ seconds: Double) -> Int { Int(seconds * Double(CallSound.rate)) }

  private static func quiet(_ seconds: Double) -> [Int16] { [Int16](repeating: 0, count: count(seconds)) }

  /// The ring tone of North America: 440 and 480 Hz, two seconds in six.
  private static func ring(_ seconds: Double) -> [Int16] {
    (0..<count(seconds)).map { index in
      let time = Double(index) / Double(CallSound.rate)
      guard time.truncatingRemainder(dividingBy: 6) < 2 else { return 0 }
      return Int16(2_000 * (sin(2 * .pi * 440 * time) + sin(2 * .pi * 480 * time)))
    }
  }

  private static func level(_ samples: [Int16]) -> Double {
    let sum = samples.reduce(0.0) { $0 + Double($1) * Double($1) }
    return (sum / Double(max(1, samples.count))).squareRoot()
  }

  private static func addNoise(_ level: Double, to line: inout [Int16], seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    // White and uniform: its root mean square is the bound over the square root of three.
    let bound = level * 3.0.squareRoot()
    for index in line.indices {
      let unit = Double(Int64(bitPattern: generator.next()) >> 11) / Double(1 << 52)
      line[index] = Int16(max(-32_000, min(32_000, Double(line[index]) + unit * bound)))
    }
  }
}
