import Contracts
import Crypto
import Daemon
import HTTP
import JSON
import Outbound
import Telemetry
import SenderRegistryHarness
import Testing
import TestSupport
import Transport
import Wire

@testable import SenderRegistry

@Suite struct RESTGatewayTests {
  private static let body = "{\"phone_number\":\"+14155550123\",\"display_name\":\"Shop\"}"

  /// Method, path, body, expected status, code and, where one is named, field.
  private static let bad: [(String, String, String?, Int, String, String?)] = [
    ("GET", "/v1/nothing", nil, 404, "NOT_FOUND", nil),
    ("DELETE", "/v1/senders", nil, 405, "METHOD_NOT_ALLOWED", nil),
    ("GET", "/v1/senders/snd_1", nil, 400, "BAD_PARAMS", "id"),
    ("GET", "/v1/senders/snd_01JD0000000000000000000000", nil, 404, "SENDER_NOT_FOUND", nil),
    ("GET", "/v1/senders?limit=ten", nil, 400, "FIELD_TYPE_WRONG", "limit"),
    ("GET", "/v1/senders?limit=1.5", nil, 400, "FIELD_TYPE_WRONG", "limit"),
    ("GET", "/v1/senders?limit=0", nil, 400, "LIMIT_OUT_OF_RANGE", "limit"),
    ("GET", "/v1/senders?limit=1&limit=2", nil, 400, "FIELD_TWICE", "limit"),
    ("GET", "/v1/senders?colour=red", nil, 400, "UNKNOWN_FIELD", "colour"),
    ("GET", "/v1/senders?status=asleep", nil, 400, "BAD_PARAMS", "status"),
    ("GET", "/v1/senders?cursor=%21", nil, 400, "CURSOR_INVALID", "cursor"),
    ("POST", "/v1/senders", nil, 400, "BAD_PARAMS", "display_name"),
    ("POST", "/v1/senders", "{", 400, "BODY_MALFORMED", nil),
    ("POST", "/v1/senders", "[]", 400, "BODY_NOT_OBJECT", nil),
    ("POST", "/v1/senders", "{\"phone_number\":\"+14155550123\"}", 400, "BAD_PARAMS", "display_name"),
    ("POST", "/v1/senders", "{\"phone_number\":\"12\",\"display_name\":\"Shop\"}", 400, "BAD_PARAMS", "phone_number"),
    ("POST", "/v1/senders", "{\"phone_number\":5,\"display_name\":\"Shop\"}", 400, "BAD_PARAMS", "phone_number"),
    (
      "POST", "/v1/senders", "{\"phone_number\":\"+14155550123\",\"display_name\":\"x\"}", 400,
      "DISPLAY_NAME_INVALID", "display_name"
    ),
    (
      "POST", "/v1/senders", "{\"phone_number\":\"+14155550123\",\"phone_number\":\"+1\",\"display_name\":\"Shop\"}",
      400,
      "BODY_MALFORMED", nil
    ),
    (
      "POST", "/v1/senders", "{\"phone_number\":\"+14155550123\",\"display_name\":\"Shop\",\"admin\":true}", 400,
      "UNKNOWN_FIELD", "admin"
    ),
    ("POST", "/v1/senders?display_name=Shop", body, 400, "FIELD_TWICE", "display_name"),
    (
      "PATCH", "/v1/senders/snd_01JD0000000000000000000000", "{\"id\":\"snd_01JD0000000000000000000001\"}", 400,
      "FIELD_TWICE", "id"
    ),
    (
      "PATCH", "/v1/senders/snd_01JD0000000000000000000000", "{\"ai_enabled\":\"yes\"}", 400, "BAD_PARAMS", "ai_enabled"
    ),
    // Owned by services that are down.
    ("GET", "/v1/assistants", nil, 503, "", nil),
  ]

  @Test func `bad requests are refused by name`() async throws {
    try await SenderRegistryHarness.run(settings: ["API_RATE_PER_SECOND": "1000"]) { harness in
      for (method, path, body, status, code, field) in Self.bad {
        let answer = try await harness.request(method, path, body: body)
        #expect(answer.status == status, "\(method) \(path) \(body ?? ""): \(answer.json)")
        if !code.isEmpty { #expect(answer.json["code"]?.string == code, "\(method) \(path) \(body ?? "")") }
        #expect(answer.json["field"]?.string == field, "\(method) \(path) \(body ?? "")")
        #expect(answer.headers["Content-Type"] == "application/problem+json")
        #expect(answer.json["status"]?.int64 == Int64(status))
        #expect(answer.json["title"]?.string?.isEmpty == false)
        #expect(answer.json["detail"]?.string?.isEmpty == false)
      }
      #expect(try await harness.call(SenderRegistryAPI.ListSenders()).data.isEmpty)
    }
  }

  @Test func `a body that no frame could carry is refused for its depth`() async throws {
    try await SenderRegistryHarness.run(settings: ["API_RATE_PER_SECOND": "1000"]) { harness in
      for depth in [61, 64, 200] {
        let opened = String(repeating: "[", count: depth - 1)
        let closed = String(repeating: "]", count: depth - 1)
        let answer = try await harness.request("POST", "/v1/assistants", body: "{\"tools\":\(opened)\(closed)}")
        #expect(answer.status == 400)
        #expect(answer.json["code"]?.string == "BODY_MALFORMED")
        #expect(answer.json["detail"]?.string?.contains("nested deeper than 60") == true)
      }
    }
  }

  @Test func `a query whose encoding is broken is refused`() throws {
    let list = try #require(RESTEndpoint(SenderRegistryAPI.ListSenders.self, owner: .senderRegistry))
    let request = try HTTPRequest(
      method: "GET", target: "/v1/senders?cursor=%zz", remote: SocketAddress(host: "127.0.0.1", port: 1))
    let failure = #expect(throws: CallFailure.self) { try RESTParameters.merge(request, list) }
    #expect(failure?.reason == "QUERY_MALFORMED")
  }

  @Test func `headers that do not fit are refused`() async throws {
    try await SenderRegistryHarness.run { harness in
      let cases: [([(String, String)], String)] = [
        ([("Content-Type", "text/plain")], "CONTENT_TYPE_INVALID"),
        ([("Idempotency-Key", "two words")], "IDEMPOTENCY_KEY_INVALID"),
        ([("Idempotency-Key", String(repeating: "k", count: 256))], "IDEMPOTENCY_KEY_INVALID"),
      ]
      for (headers, code) in cases {
        let answer = try await harness.request("POST", "/v1/senders", body: Self.body, headers: headers)
        #expect(answer.status == 400 && answer.json["code"]?.string == code, "\(headers)")
      }
      let long = try await harness.request(
        "POST", "/v1/senders", body: Self.body, headers: [("Idempotency-Key", String(repeating: "k", count: 255))])
      #expect(long.status == 201)
    }
  }

  @Test func `a sender is created, repeated, listed and read over HTTP`() async throws {
    try await SenderRegistryHarness.run { harness in
      let headers = [("Idempotency-Key", "first"), ("Content-Type", "application/json; charset=utf-8")]
      let created = try await harness.request("POST", "/v1/senders", body: Self.body, headers: headers)
      #expect(created.status == 201)
      let id = try #require(created.json["id"]?.string)
      #expect(created.json["status"]?.string == "pending")
      let again = try await harness.request("POST", "/v1/senders", body: Self.body, headers: headers)
      #expect(again.status == 201 && again.json == created.json)
      let list = try await harness.request("GET", "/v1/senders?limit=1&status=pending")
      #expect(list.json["data"]?[0]?["id"]?.string == id)
      let one = try await harness.request("GET", "/v1/senders/\(id)")
      #expect(one.status == 200 && one.json == created.json)
      #expect(one.headers["Cache-Control"] == "no-store")
      let connected = try await harness.request(
        "POST", "/v1/senders/\(id)/connect",
        body: "{\"code\":\"AQB\",\"waba_id\":\"1029\",\"phone_number_id\":\"1065\"}")
      #expect(connected.status == 202 && connected.json["status"]?.string == "connecting")
      _ = try await harness.sender(SenderID(parsing: id), reaches: .online)
      let steps = try await harness.request("GET", "/v1/senders/\(id)/steps")
      #expect(steps.json["data"]?.array?.count == OnboardingStep.Name.allCases.count)
    }
  }

  @Test func `an answer carries the caller's trace`() async throws {
    try await SenderRegistryHarness.run { harness in
      let trace = "0af7651916cd43dd8448eb211c80319c"
      let answer = try await harness.request(
        "GET", "/v1/senders", headers: [("Traceparent", "00-\(trace)-b7ad6b7169203331-01")])
      #expect(answer.headers["X-Request-Id"] == trace)
      let other = try await harness.request("GET", "/v1/senders", headers: [("Traceparent", "nonsense")])
      #expect(other.headers["X-Request-Id"]?.count == 32 && other.headers["X-Request-Id"] != trace)
    }
  }

  @Test func `a key that asks too often is told when to come back`() async throws {
    try await SenderRegistryHarness.run(settings: ["API_RATE_PER_SECOND": "1"]) { harness in
      var statuses: [Int] = []
      var limited: JSONValue = .null
      var retryAfter: String?
      for _ in 0..<5 {
        let answer = try await harness.request("GET", "/v1/senders")
        statuses.append(answer.status)
        if answer.status == 429 {
          limited = answer.json
          retryAfter = answer.headers["Retry-After"]
        }
      }
      #expect(statuses.first == 200 && statuses.contains(429))
      #expect(limited["code"]?.string == "RATE_LIMITED" && retryAfter == "1")
    }
  }

  @Test func `a bucket fills with time, never beyond its size, and not from a clock that steps back`() {
    let clock = TestClock()
    let rates = RateLimiter<APIKeyID>(perSecond: 2, clock: clock.clock)
    let key = APIKeyID(trusted: "key_a")
    #expect((0..<4).allSatisfy { _ in rates.take(key) == nil })
    #expect(rates.take(key) == 500)
    #expect(rates.take(APIKeyID(trusted: "key_b")) == nil)
    clock.advance(by: .milliseconds(500))
    #expect(rates.take(key) == nil)
    #expect(rates.take(key) == 500)
    clock.advance(by: .seconds(-3_600))
    #expect(rates.take(key) == 500)
    clock.advance(by: .seconds(7_200))
    #expect((0..<4).allSatisfy { _ in rates.take(key) == nil })
    #expect(rates.take(key) != nil)
  }

  @Test func `every call with a route is an endpoint whose path names its fields`() throws {
    var count = 0
    for contract in ServiceContracts.all {
      for call in contract.calls {
        guard let endpoint = RESTEndpoint(call, owner: contract.owner) else {
          #expect(call.route == nil)
          continue
        }
        count += 1
        for name in endpoint.route.parameters { #expect(endpoint.fields[name] != nil, "\(endpoint.method) \(name)") }
        let fieldless = ["registry.key.me", "registry.tiers.list", "registry.category.list"]
        #expect(!endpoint.fields.isEmpty || fieldless.contains(endpoint.method), "\(endpoint.method)")
      }
    }
    #expect(count >= 15)
    let list = try #require(RESTEndpoint(SenderRegistryAPI.ListSenders.self, owner: .senderRegistry))
    #expect(Set(list.fields.keys).isSuperset(of: ["status", "limit", "cursor"]))
  }

  @Test func `each failure has its HTTP status`() {
    let expected: [CallFailure.Code: Int] = [
      .invalidArgument: 400, .unauthenticated: 401, .permissionDenied: 403, .notFound: 404, .alreadyExists: 409,
      .aborted: 409, .failedPrecondition: 409, .resourceExhausted: 429, .cancelled: 499, .internal: 500,
      .dataLoss: 500, .unimplemented: 501, .unavailable: 503, .deadlineExceeded: 504,
    ]
    for code in CallFailure.Code.allCases { #expect(RESTProblem.status(code) == expected[code], "\(code)") }
  }

  @Test func `the front page says what this is without a key`() async throws {
    try await SenderRegistryHarness.run { harness in
      let page = try await harness.request("GET", "/", key: "")
      #expect(page.status == 200 && page.json.string?.contains("/v1") == true)
    }
  }

  // MARK: Calls that others own

  @Test func `a call that the router owns is passed on with account, actor, key and trace`() async throws {
    let files = try ServiceFiles()
    let seen = AsyncBox<(MessagingRouterAPI.CreateAssistant, CallContext)>()
    let loop = try EventLoop(name: "router")
    var router = Router()
    router.on { (call: MessagingRouterAPI.CreateAssistant, context: CallContext) async throws -> Assistant in
      seen.put((call, context))
      throw CallFailure.failedPrecondition("NO_PROVIDER", "there is no model here", details: ["field": "model"])
    }
    let assistant = AssistantID(trusted: "ast_01JD0000000000000000000000")
    router.on { (call: MessagingRouterAPI.GetBinding, _: CallContext) in
      MessagingRouterAPI.Binding(senderID: call.senderID, assistantID: assistant, aiEnabled: true)
    }
    let pages = AsyncBox<[SenderID]>()
    router.on { (call: MessagingRouterAPI.ListBindings, _: CallContext) in
      pages.put(call.senderIDs)
      // One that the router leaves out is shown without.
      return .init(data: [.init(senderID: call.senderIDs[0], assistantID: assistant, aiEnabled: true)])
    }
    router.on { (call: MessagingRouterAPI.SetBinding, _: CallContext) in
      MessagingRouterAPI.Binding(
        senderID: call.senderID, assistantID: call.assistantID.value, aiEnabled: call.aiEnabled ?? false)
    }
    let server = try RPCServer(
      loop: loop, address: SocketAddress(host: "127.0.0.1", port: 0), service: .messagingRouter,
      keys: files.pairKeys(.messagingRouter), router: router, log: .silent, metrics: Metrics())
    try await server.start()
    let harness = try await SenderRegistryHarness(
      files: files, peers: [.messagingRouter: HostPort(host: "127.0.0.1", port: Int(server.address.port))])

    let answer = try await harness.request(
      "POST", "/v1/assistants", body: "{\"name\":\"Ann\",\"instructions\":\"Help.\",\"temperature\":0.5}",
      headers: [("Idempotency-Key", "k-7")])
    let (call, context) = try await seen.next()
    #expect(call.name == "Ann" && call.instructions == "Help." && call.temperature == 0.5)
    #expect(context.account == (try await harness.account).text)
    #expect(context.actor?.hasPrefix("key_") == true)
    #expect(context.key == "k-7")
    #expect(context.trace?.traceID == answer.headers["X-Request-Id"])
    #expect(answer.status == 409 && answer.json["code"]?.string == "NO_PROVIDER")
    #expect(answer.json["field"]?.string == "model")

    // The sender shows what the router says, and a change is answered after the router's commit.
    let sender = try await harness.createSender()
    try await eventually("the router to be connected") {
      try await harness.call(SenderRegistryAPI.GetSender(id: sender.id)).aiEnabled == true
    }
    // A page asks once, however many senders it has.
    let second = try await harness.createSender("+14155550199")
    let listed = try await harness.call(SenderRegistryAPI.ListSenders())
    #expect(listed.data.map(\.id) == [second.id, sender.id])
    #expect(listed.data.map(\.aiEnabled) == [true, nil])
    #expect(try await pages.next() == [second.id, sender.id] && pages.count == 0)
    let changed = try await harness.request("PATCH", "/v1/senders/\(sender.id)", body: "{\"ai_enabled\":false}")
    #expect(changed.status == 200 && changed.json["ai_enabled"]?.bool == false)
    let empty = try await harness.request("PATCH", "/v1/senders/\(sender.id)", body: "{}")
    #expect(empty.status == 400 && empty.json["code"]?.string == "NOTHING_TO_CHANGE")

    await harness.stop()
    await server.drain(within: .seconds(1))
    loop.stop()
  }

  @Test func `a sender is shown without its assistant while the router is down`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      let shown = try await harness.call(SenderRegistryAPI.GetSender(id: sender.id))
      #expect(shown.aiEnabled == nil && shown.assistantID == nil)
      let failure = await #expect(throws: CallFailure.self) {
        try await harness.call(SenderRegistryAPI.UpdateSender(id: sender.id, aiEnabled: true))
      }
      #expect(failure?.code == .unavailable || failure?.code == .deadlineExceeded)
    }
  }
}
