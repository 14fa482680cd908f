import HTTP
import JSON

/// What shall go wrong, and how webhooks behave.
extension ControlAPI {
  private static let parameters: Set<String> = [
    "status", "code", "subcode", "details", "retry_after", "milliseconds", "accepted", "location", "user_title",
    "user_message",
  ]

  func orderFault(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(request, ["target", "kind", "count", "probability", "parameters"])
    let name = try body.required("kind")
    guard let kind = Fault.Kind(rawValue: name) else {
      throw ControlFailure(
        "no fault \"\(name)\"; there are \(Fault.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let given = try body.object("parameters", Self.parameters)
    let parameters = Fault.Parameters(
      status: try given.integer("status"), code: try given.integer("code"), subcode: try given.integer("subcode"),
      details: try given.string("details"), retryAfter: try given.integer("retry_after"),
      milliseconds: try given.integer("milliseconds"), isAccepted: try given.bool("accepted"),
      location: try given.string("location"), userTitle: try given.string("user_title"),
      userMessage: try given.string("user_message"))
    // Absent is once; 0 is until cleared.
    let count = try body.integer("count") ?? 1
    try world.faults.order(
      Fault(
        kind, at: try body.required("target"), count: count == 0 ? nil : count,
        probability: try body.number("probability") ?? 1, parameters: parameters))
    return faultList
  }

  func faults(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue { faultList }

  func clearFaults(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    world.faults.clear()
    return faultList
  }

  private var faultList: JSONValue {
    var taken = JSONObject()
    for (name, count) in world.faults.taken.sorted(by: { $0.key < $1.key }) { taken[name] = .integer(count) }
    return [
      "waiting": .array(
        world.faults.waiting.map { fault in
          [
            "target": .string(fault.target), "kind": .string(fault.kind.rawValue),
            "count": .integer(fault.count ?? 0), "probability": .number(fault.probability),
          ]
        }), "taken": .object(taken),
    ]
  }

  func setWebhookURL(_ request: HTTPRequest) async throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(request, ["url", "verify_token"])
    let url = try WebhookURL(try body.required("url"))
    let token = try body.string("verify_token")
    // As at Meta: an address that fails the handshake is not taken.
    if let token { try await world.webhooks.handshake(url, verifyToken: token) }
    await world.webhooks.setURL(url)
    return ["url": .string(url.description), "verified": .bool(token != nil)]
  }

  func webhooks(_ request: HTTPRequest) async throws(ControlFailure) -> JSONValue { await habits() }

  func changeWebhooks(_ request: HTTPRequest) async throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(
      request,
      [
        "concurrency", "max_batch", "shuffle", "paused", "min_delay_ms", "max_delay_ms", "skip_delivered", "statuses",
        "first_retry_ms", "longest_retry_ms", "timeout_ms",
      ])
    var habits = await world.webhooks.currentHabits()
    habits.concurrency = try body.integer("concurrency") ?? habits.concurrency
    habits.maximumBatch = try body.integer("max_batch") ?? habits.maximumBatch
    habits.isShuffled = try body.bool("shuffle") ?? habits.isShuffled
    habits.isPaused = try body.bool("paused") ?? habits.isPaused
    let shortest = try body.integer("min_delay_ms") ?? habits.delay.lowerBound
    let longest = try body.integer("max_delay_ms") ?? max(shortest, habits.delay.upperBound)
    guard shortest <= longest else { throw ControlFailure("min_delay_ms is at most max_delay_ms") }
    habits.delay = shortest...longest
    habits.skipDelivered = try body.number("skip_delivered") ?? habits.skipDelivered
    habits.sendsStatuses = try body.bool("statuses") ?? habits.sendsStatuses
    habits.firstRetry = try body.integer("first_retry_ms") ?? habits.firstRetry
    habits.longestRetry = try body.integer("longest_retry_ms") ?? habits.longestRetry
    habits.timeout = try body.integer("timeout_ms") ?? habits.timeout
    try habits.check()
    await world.webhooks.setHabits(habits)
    return await self.habits()
  }

  /// Delivers the request's body verbatim, signed.
  func sendRaw(_ request: HTTPRequest) async throws(ControlFailure) -> JSONValue {
    guard await world.webhooks.currentURL() != nil else { throw ControlFailure("no webhook URL is set", status: 409) }
    world.webhooks.sendRaw(request.body)
    return ["bytes": .integer(request.body.count)]
  }

  /// Tells the app an event of an account: `{waba_id, field, value}`, as in Meta's list of webhook fields.
  func sendEvent(_ request: HTTPRequest) async throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(request, ["waba_id", "field", "value"])
    guard let value = body.node("value") else { throw ControlFailure("value is required") }
    try world.tell(try body.required("field"), JSONValue(value), of: try body.required("waba_id"))
    return ["success": true]
  }

  private func habits() async -> JSONValue {
    let habits = await world.webhooks.currentHabits()
    return [
      "url": .optional(await world.webhooks.currentURL()?.description),
      "pending": .integer(await world.webhooks.pending()), "concurrency": .integer(habits.concurrency),
      "max_batch": .integer(habits.maximumBatch), "shuffle": .bool(habits.isShuffled),
      "paused": .bool(habits.isPaused), "min_delay_ms": .integer(habits.delay.lowerBound),
      "max_delay_ms": .integer(habits.delay.upperBound), "skip_delivered": .number(habits.skipDelivered),
      "statuses": .bool(habits.sendsStatuses), "first_retry_ms": .integer(habits.firstRetry),
      "longest_retry_ms": .integer(habits.longestRetry), "timeout_ms": .integer(habits.timeout),
    ]
  }
}
