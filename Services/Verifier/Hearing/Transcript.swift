/// What one engine made of a recording. People's words: never logged, and its description holds none of them.
package struct Transcript: Sendable, Equatable {
  /// A word with its place in the recording, in seconds.
  package struct Word: Sendable, Equatable {
    package let text: String
    package let start: Double
    package let end: Double

    package init(text: String, start: Double, end: Double) {
      self.text = text
      self.start = start
      self.end = end
    }
  }

  package let text: String
  /// Where the engine tells times; empty otherwise.
  package let words: [Word]
  /// How sure the engine is of the whole, 0…1; nil where it does not say, which is not the same as sure.
  package let confidence: Double?

  /// A confidence that is no share of one counts as unknown.
  package init(text: String, words: [Word] = [], confidence: Double? = nil) {
    self.text = text
    self.words = words
    self.confidence = confidence.flatMap { (0...1).contains($0) ? $0 : nil }
  }

  /// The engine heard nobody speak.
  package var isSilence: Bool { !text.unicodeScalars.contains { $0.properties.isAlphabetic || $0.isDecimalDigit } }
}

extension Transcript: CustomStringConvertible, CustomReflectable {
  package var description: String { "Transcript(…)" }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension Unicode.Scalar {
  /// A digit of a decimal system, ASCII or not: full-width, Arabic-Indic and so on, each with one clear value.
  var isDecimalDigit: Bool { properties.numericType == .decimal }
}
