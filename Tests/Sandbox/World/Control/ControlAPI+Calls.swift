import HTTP
import JSON
import Telemetry

/// Calls to the carrier's numbers.
extension ControlAPI {
  private static let script: Set<String> = [
    "from", "say", "code", "repeats", "noise_db", "cut_off_seconds", "silence", "silence_seconds", "ring_seconds",
    "live", "delay_ms",
  ]

  func carrierCalls(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let query = try Self.query(request, ["to", "limit", "after"])
    let (limit, after) = try Self.page(query)
    var phone: PhoneDigits?
    if let text = query["to"] {
      phone = PhoneDigits(text.first == " " ? "+" + text.dropFirst() : text)
      if phone == nil { throw ControlFailure("to is not a phone number") }
    }
    let all = world.carrier.log.calls(to: phone)
    let load = world.calls.load
    return [
      "total": .integer(all.count), "calls": .array(all.dropFirst(after).prefix(limit).map(Self.describe)),
      "next": after + limit < all.count ? .integer(after + limit) : .null, "live": .integer(load.live),
      "refused": .integer(load.refused), "orders_waiting": .integer(load.waiting),
      "problem": .optional(world.calls.problem), "habits": callHabits,
      "recordings": [
        "kept": .integer(world.carrier.recordings.totals.kept),
        "deleted": .integer(world.carrier.recordings.totals.deleted),
        "dropped": .integer(world.carrier.recordings.totals.dropped),
      ],
    ]
  }

  func changeCalls(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(
      request,
      ["call_delay_ms", "speed", "from", "recording_delay_ms", "webhook_timeout_ms", "callback_retry_ms"])
    var habits = world.calls.habits
    habits.delay = try body.integer("call_delay_ms") ?? habits.delay
    habits.speed = try body.number("speed") ?? habits.speed
    habits.from = try body.string("from") ?? habits.from
    habits.recordingDelay = try body.integer("recording_delay_ms") ?? habits.recordingDelay
    habits.webhookTimeout = try body.integer("webhook_timeout_ms") ?? habits.webhookTimeout
    habits.callbackRetry = try body.integer("callback_retry_ms") ?? habits.callbackRetry
    try world.calls.setHabits(habits)
    return callHabits
  }

  func placeCall(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(request, Self.script.union(["to"]))
    return ["sid": .string(try world.calls.call(try Self.recipient(body), try Self.script(body)))]
  }

  /// What happens at Meta's next call to a number.
  func orderCall(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(request, Self.script.union(["to", "no_call", "second_caller"]))
    var script = try Self.script(body)
    script.isPlaced = !(try body.bool("no_call") ?? false)
    if body.node("second_caller") != nil {
      script.secondCaller = try body.object("second_caller", ["say"]).required("say")
    }
    try world.calls.order(script, to: try Self.recipient(body))
    return ["orders_waiting": .integer(world.calls.load.waiting), "problem": .optional(world.calls.problem)]
  }

  func cancelCallOrders(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    ["cancelled": .integer(world.calls.cancelOrders())]
  }

  func voiceCalls(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let (limit, after) = try Self.page(try Self.query(request, ["limit", "after"]))
    let all = world.voiceApp.calls(of: request.pathParameters["name"] ?? "")
    let rows = all.dropFirst(after).prefix(limit).map { call -> JSONValue in
      [
        "call_sid": .string(call.sid), "to": .string(call.to), "from": .string(call.from),
        "call_status": .string(call.status), "verified": .bool(call.isVerified),
        "at": .string(RFC3339.format(milliseconds: call.at)),
      ]
    }
    return [
      "total": .integer(all.count), "calls": .array(rows),
      "next": after + limit < all.count ? .integer(after + limit) : .null,
    ]
  }

  private var callHabits: JSONValue {
    let habits = world.calls.habits
    return [
      "call_delay_ms": .integer(habits.delay), "speed": .number(habits.speed), "from": .string(habits.from),
      "recording_delay_ms": .integer(habits.recordingDelay), "webhook_timeout_ms": .integer(habits.webhookTimeout),
      "callback_retry_ms": .integer(habits.callbackRetry),
    ]
  }

  private static func recipient(_ body: ControlBody) throws(ControlFailure) -> PhoneDigits {
    guard let phone = PhoneDigits(try body.required("to")) else { throw ControlFailure("to is not a phone number") }
    return phone
  }

  private static func script(_ body: ControlBody) throws(ControlFailure) -> CallScript {
    var script = CallScript()
    script.from = try body.string("from")
    script.say = try body.string("say")
    script.code = try body.string("code")
    script.repeats = try body.integer("repeats")
    script.noiseDecibels = try body.number("noise_db")
    script.cutOffSeconds = try body.number("cut_off_seconds")
    script.isSilent = try body.bool("silence") ?? false
    script.silenceSeconds = try body.number("silence_seconds") ?? script.silenceSeconds
    script.ringSeconds = try body.number("ring_seconds") ?? script.ringSeconds
    script.isLive = try body.bool("live") ?? false
    script.delay = try body.integer("delay_ms")
    return script
  }

  private static func describe(_ record: CallRecord) -> JSONValue {
    [
      "sid": .string(record.sid), "to": .string(record.to.e164), "from": .string(record.from),
      "by_meta": .bool(record.isMeta), "said": .string(record.said), "status": .string(record.status),
      "outcome": .string(record.outcome.rawValue), "problem": .optional(record.problem),
      "answered_by": .optional(record.answeredBy), "beep": .bool(record.hasBeep),
      "action_missing": .bool(record.lacksAction), "recording_sid": .optional(record.recordings.first?.sid),
      "at": .string(RFC3339.format(milliseconds: record.at)),
      "ended_at": .optional(record.endedAt.map { RFC3339.format(milliseconds: $0) }),
      "requests": .array(
        record.requests.map { request in
          [
            "purpose": .string(request.purpose), "url": .string(request.url), "method": .string(request.method),
            "status": request.status.map { .integer($0) } ?? .null, "error": .optional(request.error),
            "fault": .optional(request.fault),
          ]
        }),
      "recordings": .array(
        record.recordings.map { recording in
          [
            "sid": .string(recording.sid), "seconds": .integer(recording.seconds),
            "status": .string(recording.status), "ended_by": .string(recording.endedBy),
            "said": .string(recording.said),
          ]
        }),
    ]
  }
}
