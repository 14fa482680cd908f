/// What one engine answered about a recording.
package struct EngineAnswer: Sendable {
  package let engine: String
  package let result: Result<Transcript, TranscriberFailure>
  /// What the transcript holds; nil after a failure.
  package let extraction: CodeExtraction?
  /// From the question to the answer.
  package let milliseconds: Int

  package init(engine: String, result: Result<Transcript, TranscriberFailure>, milliseconds: Int = 0) {
    self.engine = engine
    self.result = result
    self.milliseconds = milliseconds
    extraction = try? result.map { CodeExtraction($0.text) }.get()
  }
}
