/// A speech engine: a recording in, what was said out.
///
/// An engine ends on its own within its time limit, and soon after its task is cancelled.
protocol Transcriber: Sendable {
  /// Unique among the configured engines; shown to the operator and used as a metric's label.
  var name: String { get }
  /// Where its ears are. Two answers of one place that are the same to the letter are one answer.
  var source: String { get }
  /// How long one recording may take it.
  var timeLimit: Duration { get }
  /// `wav` was checked by `WAVFile`.
  func transcribe(_ wav: [UInt8]) async throws(TranscriberFailure) -> Transcript
}

extension Transcriber {
  var source: String { name }
}
