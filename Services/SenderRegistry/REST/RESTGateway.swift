import Contracts
import HTTP
import JSON
import Telemetry
import Transport
import Wire

/// The REST API, made from the contracts of all services: every call with a route is an endpoint here. Own calls are
/// answered by the own handlers, the others are passed on to their owners.
struct RESTGateway: Sendable {
  /// Passes a call on to its owner and gives back the owner's JSON.
  typealias Forward =
    @Sendable (RESTEndpoint, _ params: [UInt8], CallContext) async -> Result<[UInt8], CallFailure>

  /// The largest body: well below the frame that may have to carry it.
  static let bodyBytes = 256 << 10

  let authentication: RESTAuthentication
  let rates: RateLimiter<APIKeyID>
  let audit: AuditTrail
  let router: Router
  let raw: RawRoutes
  let forward: Forward
  /// Returns when the owner of a call has heard of the sender it names.
  let waitForCopy: @Sendable (_ sender: String, _ owner: ServiceName, CallContext) async throws -> Void
  let log: Log

  /// The routes of every contract, and the page at `/`.
  func routes() -> HTTPRoutes {
    var routes = HTTPRoutes()
    let endpoints = ServiceContracts.all.flatMap { contract in
      contract.calls.compactMap { RESTEndpoint($0, owner: contract.owner) }
    }
    let readers = Dictionary(
      endpoints.filter { $0.route.method == .get }.map { ($0.route.path, $0) }, uniquingKeysWith: { first, _ in first })
    for endpoint in endpoints {
      let reader = readers[endpoint.route.path]
      routes.on(endpoint.route.method.rawValue, endpoint.route.path) { request in
        await answer(request, endpoint.method) { try await perform(request, endpoint, reader: reader, $0, &$1) }
      }
    }
    for (endpoint, handler) in raw.all {
      routes.on(endpoint.route.method.rawValue, endpoint.route.path) { request in
        await answer(request, endpoint.name) { try await perform(request, endpoint, handler, $0, &$1) }
      }
    }
    routes.on("GET", "/") { _ in .text(Self.welcome) }
    return routes
  }

  private static let welcome = """
    whatsapp-senders: the front door.

    The API is under /v1 and wants "Authorization: Bearer wsk_...". Try GET /v1/senders.

    """

  /// How many bytes a request may bring: what its endpoint declares, or what every call may.
  func bodyLimit(_ routes: HTTPRoutes) -> @Sendable (HTTPRequestHead) -> Int {
    let limits = Dictionary(
      raw.all.map { ("\($0.endpoint.route.method.rawValue) \($0.endpoint.route.path)", $0.endpoint.maximumBytes) }
    ) { first, _ in first }
    return { head in
      guard !limits.isEmpty, case .found(_, _, let pattern) = routes.match(method: head.method, path: head.path) else {
        return Self.bodyBytes
      }
      return limits["\(head.method) \(pattern)"] ?? Self.bodyBytes
    }
  }

  /// What all answers have in common: a trace, a problem for every failure, and that nobody keeps them.
  private func answer(
    _ request: HTTPRequest, _ name: String,
    _ perform: (TraceContext, inout RateStanding?) async throws -> HTTPResponse
  ) async -> HTTPResponse {
    var standing: RateStanding?
    let trace = request.headers["Traceparent"].flatMap { TraceContext(traceparent: $0)?.child() } ?? .make()
    var response = await TraceContext.$current.withValue(trace) {
      do {
        return try await perform(trace, &standing)
      } catch {
        let failure = CallFailure(seenFromOutside: error)
        if failure.code == .internal {
          log.fault("rest.failed", ["call": .string(name), "error": .failure(error)])
        }
        return RESTProblem.response(failure)
      }
    }
    response.headers.set("X-Request-Id", trace.traceID)
    standing?.say(in: &response)
    if !response.headers.contains("Cache-Control") { response.headers.set("Cache-Control", "no-store") }
    return response
  }

  /// The key behind a request, if it may do what needs `role`.
  private func admit(
    _ request: HTTPRequest, _ role: Role, _ standing: inout RateStanding?
  ) async throws -> APIKeyRow {
    let key = try await authentication.key(of: request)
    let drawn = rates.draw(key.id, perSecond: key.ratePerSecond)
    standing = drawn
    if let wait = drawn.wait {
      throw CallFailure.resourceExhausted(
        "RATE_LIMITED", "This API key has used up its requests for now.", retryAfter: .milliseconds(wait))
    }
    guard key.role >= role else {
      throw CallFailure.permissionDenied(
        "ROLE_TOO_LOW", "This needs the role \(role.rawValue); the key has \(key.role.rawValue).")
    }
    return key
  }

  private func perform(
    _ request: HTTPRequest, _ endpoint: RESTEndpoint, reader: RESTEndpoint?, _ trace: TraceContext,
    _ standing: inout RateStanding?
  ) async throws -> HTTPResponse {
    let key = try await admit(request, endpoint.route.role, &standing)
    let context = CallContext(
      caller: .senderRegistry, account: key.accountID.text, actor: key.id.text, key: try idempotencyKey(request),
      trace: trace, deadline: .after(endpoint.deadline))
    let ifVersion = try RESTConditions.ifMatch(request, isSupported: endpoint.takesIfMatch)
    let params = try RESTParameters.merge(request, endpoint, ifVersion: ifVersion)
    let reply =
      if endpoint.isAudited {
        try await audited(request, endpoint, reader: reader, params, key, context)
      } else {
        try await call(endpoint, params, context).get()
      }
    if endpoint.route.successStatus == 204 { return HTTPResponse(status: 204) }
    var response = HTTPResponse(status: endpoint.route.successStatus, bytes: reply, contentType: "application/json")
    if endpoint.hasVersion, let tag = try RESTConditions.tag(ofReply: reply, isComposite: endpoint.isComposite) {
      if endpoint.route.method == .get, RESTConditions.isKnown(tag, to: request) {
        response = HTTPResponse(status: 304)
      }
      response.headers.set("ETag", tag)
    }
    return response
  }

  /// The owner's answer: ours, or that of the service the call is passed on to.
  func call(
    _ endpoint: RESTEndpoint, _ params: [UInt8], _ context: CallContext
  ) async -> Result<[UInt8], CallFailure> {
    do {
      let root = try JSONDocument(parsing: params).root
      guard endpoint.owner == .senderRegistry else {
        if let sender = root["sender_id"]?.string { try await waitForCopy(sender, endpoint.owner, context) }
        return await forward(endpoint, params, context)
      }
      return await router.call(method: endpoint.method, params: root, context: context)
    } catch let failure as JSONFailure {
      return .failure(.invalidArgument("BODY_MALFORMED", "The request is not JSON: \(failure)"))
    } catch {
      return .failure(CallFailure(seenFromOutside: error))
    }
  }

  private func perform(
    _ request: HTTPRequest, _ endpoint: RawEndpoint, _ handler: RawRoutes.Handler, _ trace: TraceContext,
    _ standing: inout RateStanding?
  ) async throws -> HTTPResponse {
    let key = endpoint.isPublic ? nil : try await admit(request, endpoint.route.role, &standing)
    let context = CallContext(
      caller: .senderRegistry, account: key?.accountID.text, actor: key?.id.text, key: try idempotencyKey(request),
      trace: trace, deadline: .after(.seconds(30)))
    let ifVersion = try RESTConditions.ifMatch(request, isSupported: endpoint.takesIfMatch)
    // Links for people come with whatever a mail program adds to them.
    if !endpoint.isPublic { try RESTParameters.refuseQuery(request) }
    let type = request.body.isEmpty ? nil : RESTParameters.contentType(request) ?? ""
    if let type, !endpoint.accepts.contains(type) {
      throw CallFailure.invalidArgument(
        "CONTENT_TYPE_INVALID",
        endpoint.accepts.isEmpty
          ? "This operation takes no body." : "Content-Type: send \(endpoint.accepts.joined(separator: " or ")).",
        field: "Content-Type")
    }
    let raw = RawRequest(http: request, context: context, ifVersion: ifVersion, contentType: type)
    // At public endpoints only the handler knows whose link was followed: it keeps the entry itself.
    guard let key, endpoint.route.method != .get else { return try await handler(raw) }
    return try await audited(request, endpoint, key, context) { try await handler(raw) }
  }

  private func idempotencyKey(_ request: HTTPRequest) throws(CallFailure) -> String? {
    let keys = request.headers.all("Idempotency-Key")
    guard let key = keys.first else { return nil }
    guard keys.count == 1, (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ $0 >= 0x21 && $0 <= 0x7E }) else {
      throw .invalidArgument(
        "IDEMPOTENCY_KEY_INVALID", "Idempotency-Key: once, 1 to 255 printable ASCII characters without spaces.",
        field: "Idempotency-Key")
    }
    return key
  }
}
