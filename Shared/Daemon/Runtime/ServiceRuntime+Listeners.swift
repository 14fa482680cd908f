package import HTTP
import Synchronization
import Telemetry
package import Transport
package import Wire

extension ServiceRuntime {
  /// Starts the RPC listener. Refuses when `calls`, the service's contract, has one without a handler.
  @discardableResult
  package func startRPC(
    router: Router, serving calls: [any Call.Type], limits: RPCLimits? = nil
  ) async throws -> SocketAddress {
    let missing = router.unhandled(calls)
    if !missing.isEmpty {
      throw LaunchFailure.other("these calls have no handler: \(missing.joined(separator: ", "))")
    }
    let server = try RPCServer(
      loop: loop, address: try await rpcAddress(), service: service, keys: pairKeys, router: router,
      limits: limits ?? common.limits.rpc, log: log, metrics: metrics, mirror: mirror,
      keyUse: keyUse)
    state.withLock { $0.rpc = server }
    try await server.start()
    return server.address
  }

  /// What `RPC_BIND` stands for now. A name of another machine would fail in `bind` with an address that no setting
  /// shows, so it is refused here by its name.
  private func rpcAddress() async throws -> SocketAddress {
    let host = common.rpcBindAddress
    if let numeric = try? SocketAddress(host: host, port: common.rpcPort) { return numeric }
    let found: [SocketAddress]
    do throws(TransportFailure) {
      found = try await Resolver.resolve(host: host, port: common.rpcPort)
    } catch {
      throw LaunchFailure.other("RPC_BIND: \(error)")
    }
    guard let own = found.first(where: \.isOwn) else {
      let addresses = found.map(\.host).joined(separator: ", ")
      throw LaunchFailure.other("RPC_BIND: \(host) is \(addresses), which is no address of this machine")
    }
    return own
  }

  /// Starts the HTTP listener. `bodyLimit` says how many bytes of body a request may have, by its head, and `streams`
  /// whether its handler reads them as they come.
  @discardableResult
  package func startHTTP(
    limits: HTTPLimits? = nil, bodyLimit: @escaping @Sendable (HTTPRequestHead) -> Int,
    streams: @escaping @Sendable (HTTPRequestHead) -> Bool = { _ in false },
    handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
  ) async throws -> SocketAddress {
    let server = try HTTPServer(
      loop: loop, address: SocketAddress(host: common.bindAddress, port: common.httpPort),
      limits: limits ?? common.limits.http, observer: HTTPMetrics.observer(log: log, metrics: metrics),
      bodyLimit: bodyLimit, streams: streams
    ) { request in
      await TraceContext.$current.withValue(Self.trace(of: request)) { await handler(request) }
    }
    state.withLock { $0.http = server }
    try await server.start()
    return server.address
  }

  /// The caller's trace, one step deeper, or a new one: every line a request causes can be found.
  private static func trace(of request: HTTPRequest) -> TraceContext {
    request.headers["traceparent"].flatMap(TraceContext.init(traceparent:))?.child() ?? .make()
  }

  /// The ports listened on, 0 for none.
  var addresses: (rpc: Int, http: Int) {
    state.withLock { (Int($0.rpc?.address.port ?? 0), Int($0.http?.address.port ?? 0)) }
  }

  /// Both listeners stop accepting and finish what runs, at the same time.
  func drainListeners(within limit: Duration) async {
    let (rpc, http) = state.withLock { ($0.rpc, $0.http) }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await rpc?.drain(within: limit) }
      group.addTask { await http?.drain(within: limit) }
    }
  }
}
