import Crypto

/// One server with OpenAI's transcription interface.
struct ServerTranscriberSettings: Sendable {
  let name: String
  /// Where recordings are posted to.
  let endpoint: String
  let model: String
  let key: Secret?
  let format: TranscriptionFormat
  /// From the question to the last byte of the answer, a second question included.
  let timeLimit: Duration

  init(
    name: String, url: String, model: String, key: Secret? = nil, format: TranscriptionFormat = .verboseJSON,
    timeLimit: Duration = .seconds(30)
  ) {
    self.name = name
    endpoint = Self.endpoint(url)
    self.model = model
    self.key = key
    self.format = format
    self.timeLimit = timeLimit
  }

  /// `https://host`, `https://host/v1` and the full path mean the same; `/inference` is whisper.cpp's own.
  static func endpoint(_ url: String) -> String {
    if url.hasSuffix("/transcriptions") || url.hasSuffix("/inference") { return url }
    let hasPath = url.split(separator: "/", omittingEmptySubsequences: true).count > 2
    return url + (hasPath ? "/audio/transcriptions" : "/v1/audio/transcriptions")
  }
}
