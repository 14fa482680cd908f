/// What a server is asked to answer with. It may answer with another; all are read.
enum TranscriptionFormat: String, Sendable, CaseIterable {
  /// Text, segments with their confidence, times of words: whisper's own.
  case verboseJSON = "verbose_json"
  /// Text only: nothing tells how sure the engine is.
  case json
  /// `json` with `include[]=logprobs`: OpenAI's later models, which have no `verbose_json`.
  case jsonWithLogprobs = "json_logprobs"
  /// The bare text.
  case text

  /// The value of `response_format`.
  var parameter: String { self == .jsonWithLogprobs ? "json" : rawValue }
}
