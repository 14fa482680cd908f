import HTTP
import JSON

/// The speech servers' answers: of the first, or with `server=second` of the other.
extension ControlAPI {
  func speech(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue { Self.describe(try server(request).habits) }

  private func server(_ request: HTTPRequest) throws(ControlFailure) -> SpeechServer {
    switch try Self.query(request, ["server"])["server"] ?? "first" {
    case "first": return world.speech
    case "second": return world.secondSpeech
    default: throw ControlFailure("server is first or second")
    }
  }

  func changeSpeech(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let server = try server(request)
    let body = try ControlBody(
      request,
      [
        "mode", "text", "avg_logprob", "no_speech_prob", "delay_ms", "format_override", "error_status", "api_key",
        "reset",
      ])
    var habits = try body.bool("reset") == true ? SpeechHabits() : server.habits
    if let name = try body.string("mode") {
      guard let mode = SpeechHabits.Mode(rawValue: name) else {
        let known = SpeechHabits.Mode.allCases.map(\.rawValue).joined(separator: ", ")
        throw ControlFailure("no mode \"\(name)\"; there are \(known)")
      }
      habits.mode = mode
    }
    habits.text = try body.string("text") ?? habits.text
    habits.averageLogProbability = try body.number("avg_logprob") ?? habits.averageLogProbability
    habits.noSpeechProbability = try body.number("no_speech_prob") ?? habits.noSpeechProbability
    habits.delay = try body.integer("delay_ms") ?? habits.delay
    // An empty word takes an order back.
    if let format = try body.string("format_override") { habits.format = format.isEmpty ? nil : format }
    if let key = try body.string("api_key") { habits.key = key.isEmpty ? nil : key }
    habits.errorStatus = try body.integer("error_status") ?? habits.errorStatus
    try server.setHabits(habits)
    return Self.describe(habits)
  }

  func speechRequests(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let (newest, total) = try server(request).requests
    return ["total": .integer(total), "requests": .array(newest)]
  }

  private static func describe(_ habits: SpeechHabits) -> JSONValue {
    [
      "mode": .string(habits.mode.rawValue), "text": .string(habits.text),
      "avg_logprob": habits.averageLogProbability.map { .number($0) } ?? .null,
      "no_speech_prob": habits.noSpeechProbability.map { .number($0) } ?? .null, "delay_ms": .integer(habits.delay),
      "format_override": .optional(habits.format), "error_status": .integer(habits.errorStatus),
      "api_key": .bool(habits.key != nil),
    ]
  }
}
