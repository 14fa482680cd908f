/// What one engine made of a recording. People's words: never logged, and its description holds none of them.
package struct Transcript: Sendable, Equatable {
  package let text: String
  /// How sure the engine is of its least sure part that matters, 0…1; nil where it does not say, which is not the same
  /// as sure.
  package let confidence: Double?
  /// The engine wrote more than this, where it believes that nobody spoke. Somebody may have.
  package let isIncomplete: Bool

  /// A confidence that is no share of one counts as unknown.
  package init(text: String, confidence: Double? = nil, isIncomplete: Bool = false) {
    self.text = text
    self.confidence = confidence.flatMap { (0...1).contains($0) ? $0 : nil }
    self.isIncomplete = isIncomplete
  }
}

extension Transcript: CustomStringConvertible, CustomReflectable {
  package var description: String { "Transcript(…)" }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension Unicode.Scalar {
  /// A digit of a decimal system, ASCII or not: full-width, Arabic-Indic and so on, each with one clear value.
  var isDecimalDigit: Bool { properties.numericType == .decimal }
}
