import HTTP
import Telemetry
import Transport

/// The listener for operators' machines: `/healthz`, `/readyz`, `/metrics`, and where a change of keys stands. Never on
/// a public address.
final class PrivateListener: Sendable {
  private let server: HTTPServer

  init(_ runtime: ServiceRuntime, health: @escaping @Sendable () async -> ServiceHealth) throws {
    let address = try SocketAddress(host: runtime.common.privateBindAddress, port: runtime.common.privatePort)
    var limits = HTTPLimits()
    // Probes and one scraper or two; a leak there must not eat the service's descriptors.
    limits.connections = 64
    server = try HTTPServer(loop: runtime.loop, address: address, limits: limits, bodyLimit: { _ in 0 }) { request in
      await Self.answer(request, runtime, health)
    }
  }

  var address: SocketAddress { server.address }

  func start() async throws { try await server.start() }

  func stop() async { await server.drain(within: .milliseconds(500)) }

  private static func answer(
    _ request: HTTPRequest, _ runtime: ServiceRuntime, _ health: @Sendable () async -> ServiceHealth
  ) async -> HTTPResponse {
    guard request.head.method == "GET" || request.head.method == "HEAD" else {
      return .text("only GET and HEAD here\n", status: 405)
    }
    switch request.head.path {
    case "/healthz": return json(await health().liveness)
    case "/readyz": return json(await health().readyState)
    case "/metrics":
      return HTTPResponse(
        status: 200, bytes: Array(runtime.metrics.render().utf8),
        contentType: "text/plain; version=0.0.4; charset=utf-8")
    case "/sealing":
      guard let page = await SealingPage.make(runtime) else { return .text("the store cannot be read\n", status: 503) }
      return HTTPResponse(status: 200, bytes: page, contentType: "application/json")
    case "/keys":
      return HTTPResponse(status: 200, bytes: PairKeysPage.make(runtime), contentType: "application/json")
    default: return .text("here are /healthz, /readyz, /metrics, /sealing and /keys\n", status: 404)
    }
  }

  private static func json(_ answer: ServiceHealth.Answer) -> HTTPResponse {
    HTTPResponse(status: answer.status, bytes: answer.body, contentType: "application/json")
  }
}
