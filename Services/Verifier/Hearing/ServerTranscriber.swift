import Crypto
import Outbound
import Synchronization
import Transport

/// An engine behind OpenAI's `POST /v1/audio/transcriptions`: hosted, whisper.cpp, speaches, vLLM and others.
///
/// It is never given a prompt: an engine may echo one on silence, and one with digits pulls it towards them.
final class ServerTranscriber: Transcriber {
  let name: String
  let timeLimit: Duration
  var source: String { settings.endpoint }
  private let http: HTTPClient
  private let settings: ServerTranscriberSettings
  /// What is asked for; `json` once the server has refused `verbose_json`.
  private let format: Mutex<TranscriptionFormat>

  /// A minute of speech is some 10 KB of verbose JSON.
  static let answerBytes = 1 << 20

  init(_ settings: ServerTranscriberSettings, http: HTTPClient) {
    name = settings.name
    timeLimit = settings.timeLimit
    self.settings = settings
    self.http = http
    format = Mutex(settings.format)
  }

  func transcribe(_ wav: [UInt8]) async throws(TranscriberFailure) -> Transcript {
    let deadline = MonotonicClock.now + timeLimit.nanoseconds
    let asked = format.withLock { $0 }
    let response = try await post(wav, asked, until: deadline)
    if asked == .verboseJSON, Self.refusesFormat(response) {
      format.withLock { $0 = .json }
      return try Self.read(try await post(wav, .json, until: deadline), .json)
    }
    return try Self.read(response, asked)
  }

  private func post(
    _ wav: [UInt8], _ format: TranscriptionFormat, until deadline: Int64
  ) async throws(TranscriberFailure) -> OutboundResponse {
    let left = Duration.nanoseconds(deadline - MonotonicClock.now)
    guard left > .zero else { throw .timedOut }
    let form = form(wav, format)
    var headers: [(name: String, value: String)] = [
      ("Content-Type", form.contentType), ("Accept", "application/json, text/plain"),
    ]
    if let key = settings.key?.string { headers.append(("Authorization", "Bearer " + key)) }
    let request = OutboundRequest(
      method: "POST", url: settings.endpoint, headers: headers, body: form.body,
      // Asking twice changes nothing there.
      mayRepeat: true,
      limits: OutboundLimits(
        connect: min(.seconds(3), left), head: left, whole: left, responseBytes: Self.answerBytes))
    do throws(OutboundFailure) {
      return try await http.send(request)
    } catch {
      switch error.kind {
      case .timeout: throw .timedOut
      case .cancelled: throw .stopped
      case .overloaded: throw .overloaded
      default: throw .unreachable(error.message)
      }
    }
  }

  private func form(_ wav: [UInt8], _ format: TranscriptionFormat) -> MultipartForm {
    var form = MultipartForm()
    form.add("model", settings.model)
    form.add("language", "en")
    form.add("temperature", "0")
    form.add("response_format", format.parameter)
    if format == .verboseJSON {
      form.add("timestamp_granularities[]", "segment")
      form.add("timestamp_granularities[]", "word")
    }
    if format == .jsonWithLogprobs { form.add("include[]", "logprobs") }
    form.add("file", fileName: "call.wav", type: "audio/wav", wav)
    return form
  }

  private static func read(
    _ response: OutboundResponse, _ asked: TranscriptionFormat
  ) throws(TranscriberFailure) -> Transcript {
    if response.isTruncated { throw .unreadable("the answer is longer than 1 MB") }
    guard (200...299).contains(response.status) else {
      throw .refused(status: response.status, TranscriptionAnswer.errorText(response.body) ?? "no reason given")
    }
    return try TranscriptionAnswer.read(response.body, isEmptyAllowed: asked == .text)
  }

  private static func refusesFormat(_ response: OutboundResponse) -> Bool {
    guard response.status == 400 || response.status == 422 else { return false }
    // Anywhere in the body: validators name the field outside their message.
    let text = String(decoding: response.body.prefix(16 << 10), as: UTF8.self)
    return text.contains("response_format") || text.contains("verbose_json")
  }
}
