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
  let router: Router
  let forward: Forward
  let log: Log

  /// The routes of every contract, and the page at `/`.
  func routes() -> HTTPRoutes {
    var routes = HTTPRoutes()
    for contract in ServiceContracts.all {
      for call in contract.calls {
        guard let endpoint = RESTEndpoint(call, owner: contract.owner) else { continue }
        routes.on(endpoint.route.method.rawValue, endpoint.route.path) { request in
          await answer(request, endpoint)
        }
      }
    }
    routes.on("GET", "/") { _ in .text(Self.welcome) }
    return routes
  }

  private static let welcome = """
    whatsapp-senders: the front door.

    The API is under /v1 and wants "Authorization: Bearer wsk_...". Try GET /v1/senders.

    """

  private func answer(_ request: HTTPRequest, _ endpoint: RESTEndpoint) async -> HTTPResponse {
    let trace = request.headers["Traceparent"].flatMap { TraceContext(traceparent: $0)?.child() } ?? .make()
    var response = await TraceContext.$current.withValue(trace) {
      do {
        return try await perform(request, endpoint, trace)
      } catch {
        let failure = CallFailure(seenFromOutside: error)
        if failure.code == .internal {
          log.fault("rest.failed", ["call": .string(endpoint.method), "error": .failure(error)])
        }
        return RESTProblem.response(failure)
      }
    }
    response.headers.set("X-Request-Id", trace.traceID)
    response.headers.set("Cache-Control", "no-store")
    return response
  }

  private func perform(
    _ request: HTTPRequest, _ endpoint: RESTEndpoint, _ trace: TraceContext
  ) async throws -> HTTPResponse {
    let key = try await authentication.key(of: request)
    if let wait = rates.take(key.id) {
      throw CallFailure.resourceExhausted(
        "RATE_LIMITED", "This API key has used up its requests for now.", retryAfter: .milliseconds(wait))
    }
    guard key.role >= endpoint.route.role else {
      throw CallFailure.permissionDenied(
        "ROLE_TOO_LOW", "This needs the role \(endpoint.route.role.rawValue); the key has \(key.role.rawValue).")
    }
    let context = CallContext(
      caller: .senderRegistry, account: key.accountID.text, actor: key.id.text, key: try idempotencyKey(request),
      trace: trace, deadline: .after(endpoint.deadline))
    let params = try RESTParameters.merge(request, endpoint)
    let result: Result<[UInt8], CallFailure>
    if endpoint.owner == .senderRegistry {
      result = await router.call(
        method: endpoint.method, params: try JSONDocument(parsing: params).root, context: context)
    } else {
      result = await forward(endpoint, params, context)
    }
    return HTTPResponse(status: endpoint.route.successStatus, bytes: try result.get(), contentType: "application/json")
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
