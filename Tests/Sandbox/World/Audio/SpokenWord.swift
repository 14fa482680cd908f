/// A word of a call and where it lies in the sound, in samples. A digit of a code is a word of its own.
struct SpokenWord: Sendable, Equatable {
  var text: String
  var range: Range<Int>
  /// A digit that is written in one with the digits beside it.
  var isDigit = false
  var endsSentence = false

  /// The words as a careful typist puts them down: `Verification code is 123456. …`.
  static func transcript(_ words: [SpokenWord]) -> String { written(words).map(\.text).joined(separator: " ") }

  /// Digits joined to codes, full stops set.
  static func written(_ words: [SpokenWord]) -> [SpokenWord] {
    var written: [SpokenWord] = []
    var mayJoin = false
    for word in words {
      if mayJoin, word.isDigit, var joined = written.popLast() {
        joined.text += word.text
        joined.range = joined.range.lowerBound..<word.range.upperBound
        joined.endsSentence = word.endsSentence
        written.append(joined)
      } else {
        written.append(word)
      }
      mayJoin = word.isDigit && !word.endsSentence
    }
    return written.map { word in
      var word = word
      if word.endsSentence, word.isDigit { word.text += "." }
      return word
    }
  }
}
