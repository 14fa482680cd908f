/// What a caller's end of the line sounds like from the answer on: µ-law samples at 8 kHz, and the words in them.
struct CallSound: Sendable {
  static let rate = 8_000
  /// The loudest sample of a stretch that counts as silent.
  static let silence = 300

  var samples: [UInt8]
  var words: [SpokenWord]
  /// Signal to noise; nil without noise.
  var noiseDecibels: Double?

  var transcript: String { SpokenWord.transcript(words) }
  var seconds: Double { Double(samples.count) / Double(Self.rate) }

  /// A stretch of it, with the words that can be understood: those with three fifths of their sound inside.
  func part(_ range: Range<Int>) -> CallSound {
    let heard = words.compactMap { word -> SpokenWord? in
      let inside = word.range.clamped(to: range)
      guard inside.count * 5 >= word.range.count * 3, !inside.isEmpty else { return nil }
      var word = word
      // A word cut short is heard, the end of its sentence is not.
      word.endsSentence = word.endsSentence && inside == word.range
      word.range = inside.lowerBound - range.lowerBound..<inside.upperBound - range.lowerBound
      return word
    }
    return CallSound(samples: Array(samples[range]), words: heard, noiseDecibels: noiseDecibels)
  }

  /// Whether nothing at all is to be heard.
  var isSilent: Bool { Self.isSilent(samples[...]) }

  static func isSilent(_ samples: ArraySlice<UInt8>) -> Bool {
    samples.allSatisfy { MuLaw.decode($0).magnitude < silence }
  }
}
