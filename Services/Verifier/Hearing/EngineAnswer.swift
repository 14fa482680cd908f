/// What one engine answered about a recording.
package struct EngineAnswer: Sendable {
  package let engine: String
  /// Where the engine's ears are (`Transcriber.source`).
  package let source: String
  package let result: Result<Transcript, TranscriberFailure>
  /// Nil after a failure, as is what it holds.
  package let transcript: Transcript?
  package let extraction: CodeExtraction?
  /// From the question to the answer.
  package let milliseconds: Int

  /// `source`: the engine itself, where nothing else is said.
  package init(
    engine: String, source: String? = nil, result: Result<Transcript, TranscriberFailure>, milliseconds: Int = 0
  ) {
    self.engine = engine
    self.source = source ?? engine
    self.result = result
    self.milliseconds = milliseconds
    switch result {
    case .success(let heard): (transcript, extraction) = (heard, CodeExtraction(heard.text))
    case .failure: (transcript, extraction) = (nil, nil)
    }
  }
}
