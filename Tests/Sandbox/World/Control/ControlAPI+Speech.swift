import HTTP
import JSON

/// The speech server's answers.
extension ControlAPI {
  func speech(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue { speechHabits }

  func changeSpeech(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(
      request,
      [
        "mode", "text", "avg_logprob", "no_speech_prob", "delay_ms", "format_override", "error_status", "api_key",
        "reset",
      ])
    var habits = try body.bool("reset") == true ? SpeechHabits() : world.speech.habits
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
    try world.speech.setHabits(habits)
    return speechHabits
  }

  func speechRequests(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let (newest, total) = world.speech.requests
    return ["total": .integer(total), "requests": .array(newest)]
  }

  private var speechHabits: JSONValue {
    let habits = world.speech.habits
    return [
      "mode": .string(habits.mode.rawValue), "text": .string(habits.text),
      "avg_logprob": habits.averageLogProbability.map { .number($0) } ?? .null,
      "no_speech_prob": habits.noSpeechProbability.map { .number($0) } ?? .null, "delay_ms": .integer(habits.delay),
      "format_override": .optional(habits.format), "error_status": .integer(habits.errorStatus),
      "api_key": .bool(habits.key != nil),
    ]
  }
}
