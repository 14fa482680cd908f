import Crypto
import HTTP
package import JSON
import Synchronization
import Telemetry

/// An OpenAI-compatible speech server that knows what the sandbox's calls really say; of other sound it hears nothing.
/// There are two, with habits of their own: engines may agree or not.
package final class SpeechServer: Sendable {
  /// Under the first server's base and under the second's.
  static let paths = ["/v1/audio/transcriptions", "/second/v1/audio/transcriptions"]
  static let fileLimit = 25 << 20
  /// Requests remembered.
  static let kept = 100

  private struct State {
    var habits = SpeechHabits()
    var requests: [JSONValue] = []
    var total = 0
  }

  private let library: SoundLibrary
  private let door: Door
  private let state = Mutex(State())

  init(library: SoundLibrary, door: Door) {
    self.library = library
    self.door = door
  }

  package var habits: SpeechHabits { state.withLock { $0.habits } }

  package func setHabits(_ habits: SpeechHabits) throws(ControlFailure) {
    try habits.check()
    state.withLock { $0.habits = habits }
  }

  /// The newest requests, oldest first, and how many there were in all.
  package var requests: (newest: [JSONValue], total: Int) { state.withLock { ($0.requests, $0.total) } }

  func answer(_ request: HTTPRequest) async -> HTTPResponse {
    await door.pass(
      work: { await transcribe(request) },
      refusal: { fault in
        let status = fault.parameters.status ?? 500
        var response = Self.refusal(status, fault.parameters.details ?? "Ordered by the sandbox.")
        if let seconds = fault.parameters.retryAfter { response.headers.set("Retry-After", String(seconds)) }
        return response
      })
  }

  private func transcribe(_ request: HTTPRequest) async -> HTTPResponse {
    let habits = habits
    if let key = habits.key, request.headers["authorization"] != "Bearer \(key)" {
      return Self.refusal(401, "Incorrect API key provided.", code: "invalid_api_key")
    }
    guard let form = MultipartForm(request.body, contentType: request.headers["content-type"] ?? "") else {
      return Self.refusal(400, "The body is not multipart/form-data.")
    }
    guard let file = form.parts.first(where: { $0.name == "file" }), file.fileName != nil else {
      return Self.refusal(400, "[{'type': 'missing', 'loc': ('body', 'file'), 'msg': 'Field required'}]")
    }
    guard file.bytes.count <= Self.fileLimit else { return Self.refusal(413, "Maximum content size limit exceeded.") }
    guard let model = form.text("model"), !model.isEmpty else {
      return Self.refusal(400, "you must provide a model parameter")
    }
    let asked = form.text("response_format") ?? "json"
    guard SpeechHabits.formats.contains(asked) else {
      return Self.refusal(400, "response_format '\(asked)' is not played by the sandbox")
    }
    if asked == "verbose_json", model.hasPrefix("gpt-") {
      return Self.refusal(
        400, "response_format 'verbose_json' is not compatible with model '\(model)'. Use 'json' or 'text' instead.",
        code: "unsupported_value")
    }
    let sound = WAV(parsing: Array(file.bytes))
    guard let sound, sound.rate > 0, sound.channels > 0 else {
      remember(form, file, said: nil, answered: nil, format: asked)
      return Self.refusal(400, "Invalid file format.")
    }
    let entry = library.entry(of: sound)
    let seconds = Double(sound.data.count / 2 / sound.channels) / Double(sound.rate)
    let heard = hearing(entry, seconds, prompt: form.text("prompt") ?? "", habits)
    let format = habits.format ?? asked
    remember(form, file, said: entry.map { SpokenWord.transcript($0.words) }, answered: heard.text, format: format)
    if habits.delay > 0 {
      do { try await Task.sleep(for: .milliseconds(habits.delay)) } catch { return .hangUp }
    }
    if let response = await disturbed(habits) { return response }
    return SpeechAnswer(
      hearing: heard, seconds: seconds, granularities: form.texts("timestamp_granularities[]"),
      hasLogProbabilities: form.texts("include[]").contains("logprobs")
    ).response(format)
  }

  private func hearing(
    _ entry: SoundLibrary.Entry?, _ seconds: Double, prompt: String, _ habits: SpeechHabits
  ) -> Hearing {
    var heard: Hearing
    switch habits.mode {
    case .text: heard = Hearing(text: habits.text, seconds: seconds)
    case .empty: heard = Hearing(text: "", seconds: seconds)
    case .wrong: heard = (entry.map { Hearing($0) } ?? .nothing).withWrongCode
    default:
      heard = entry.map { Hearing($0) } ?? .nothing
      // Whisper repeats its prompt where there is nothing to hear.
      if heard.segments.isEmpty, !prompt.isEmpty { heard.segments = Hearing(text: prompt, seconds: seconds).segments }
    }
    if let ordered = habits.averageLogProbability { heard.averageLogProbability = ordered }
    if let ordered = habits.noSpeechProbability { heard.noSpeechProbability = ordered }
    return heard
  }

  /// The answers that are no transcriptions.
  private func disturbed(_ habits: SpeechHabits) async -> HTTPResponse? {
    switch habits.mode {
    case .right, .wrong, .text, .empty: return nil
    case .stringError:
      return .json(["error": "failed to process audio"], status: habits.errorStatus)
    case .objectError: return Self.refusal(habits.errorStatus, "The server had an error.", code: "server_error")
    case .garbage:
      return HTTPResponse(status: 200, bytes: Array("<html>{\"text\": ".utf8), contentType: "application/json")
    case .hang:
      do { try await Task.sleep(for: .seconds(600)) } catch { return .hangUp }
      return .hangUp
    }
  }

  private func remember(
    _ form: MultipartForm, _ file: MultipartForm.Part, said: String?, answered: String?, format: String
  ) {
    var fields = JSONObject()
    for part in form.parts where part.fileName == nil {
      let text = String(decoding: part.bytes.prefix(2_000), as: UTF8.self)
      let before = fields[part.name]?.string.map { $0 + "," } ?? ""
      fields[part.name] = .string(before + text)
    }
    let entry: JSONValue = [
      "fields": .object(fields), "file_name": .optional(file.fileName), "bytes": .integer(file.bytes.count),
      "prompt": .optional(form.text("prompt")), "said": .optional(said), "answered": .optional(answered),
      "format": .string(format),
    ]
    state.withLock { state in
      if state.requests.count >= Self.kept { state.requests.removeFirst() }
      state.requests.append(entry)
      state.total += 1
    }
  }

  private static func refusal(_ status: Int, _ message: String, code: String? = nil) -> HTTPResponse {
    let type = status >= 500 ? "server_error" : "invalid_request_error"
    return .json(
      ["error": ["message": .string(message), "type": .string(type), "param": nil, "code": .optional(code)]],
      status: status)
  }
}
