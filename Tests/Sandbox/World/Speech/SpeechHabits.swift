/// How the speech server answers.
package struct SpeechHabits: Sendable, Equatable {
  package enum Mode: String, Sendable, CaseIterable {
    /// What was really said.
    case right
    /// The same with another code, the same one every time.
    case wrong
    /// `text`, whatever was said.
    case text
    case empty
    /// whisper.cpp's `{"error":"…"}`.
    case stringError = "string_error"
    /// OpenAI's `{"error":{…}}`.
    case objectError = "object_error"
    case garbage
    /// No answer for ten minutes.
    case hang
  }

  package var mode = Mode.right
  package var text = ""
  /// Nil: as the sound deserves.
  package var averageLogProbability: Double?
  package var noSpeechProbability: Double?
  package var delay = 0
  /// Answers in this format whatever was asked.
  package var format: String?
  /// Status of the two errors.
  package var errorStatus = 500
  /// Demanded as a bearer token; nil demands nothing.
  package var key: String?

  package init() {}

  static let formats = ["json", "text", "verbose_json"]

  func check() throws(ControlFailure) {
    if let format, !Self.formats.contains(format) {
      throw ControlFailure("format_override is one of \(Self.formats.joined(separator: ", "))")
    }
    guard (0...600_000).contains(delay) else { throw ControlFailure("delay_ms is at most 600000") }
    guard (200...599).contains(errorStatus) else { throw ControlFailure("error_status is 200 to 599") }
    guard (-20...0).contains(averageLogProbability ?? 0) else { throw ControlFailure("avg_logprob is -20 to 0") }
    guard (0...1).contains(noSpeechProbability ?? 0) else { throw ControlFailure("no_speech_prob is 0 to 1") }
    guard text.utf8.count <= 65_536 else { throw ControlFailure("text is at most 64 KiB") }
  }
}
