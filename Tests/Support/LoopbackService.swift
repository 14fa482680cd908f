package import Telemetry
package import Transport
package import Wire

/// A router served on a port of the kernel's choice, and a peer connected to it with fresh keys: the real protocol
/// over real sockets, each end on its own loop.
package struct LoopbackService: Sendable {
  package let server: RPCServer
  package let peer: Peer
  package let serverMetrics: Metrics
  package let callerMetrics: Metrics
  package let serverLog: CollectedLines
  package let callerLog: CollectedLines
  /// The server's keys: one for the caller.
  package let serverKeys: PairKeys
  /// The caller's keys: one for the service.
  package let callerKeys: PairKeys
  package let serverLoop: EventLoop
  package let callerLoop: EventLoop

  /// The usual limits with a long time to shake hands: a busy machine is not what tests are about.
  package static let limits: RPCLimits = {
    var limits = RPCLimits()
    limits.handshakeTime = .seconds(30)
    return limits
  }()

  /// Starts `service` with the handlers that `register` adds, and a peer in the name of `caller`. With `keys` of its
  /// own the service knows other callers instead, and `peer` is of no use.
  package init(
    _ service: ServiceName = .receipts, caller: ServiceName = .senderRegistry,
    limits: RPCLimits = LoopbackService.limits,
    callerLimits: RPCLimits? = nil, keys: PairKeys? = nil, mirror: FrameMirror? = nil,
    register: (inout Router) -> Void
  ) async throws {
    var router = Router()
    register(&router)
    let fresh = try FreshKeys.pair(service, caller)
    serverKeys = keys ?? fresh.0
    callerKeys = fresh.1
    serverLoop = try EventLoop(name: "server")
    callerLoop = try EventLoop(name: "caller")
    serverMetrics = Metrics()
    callerMetrics = Metrics()
    serverLog = CollectedLines()
    callerLog = CollectedLines()
    server = try RPCServer(
      loop: serverLoop, address: try SocketAddress(host: "127.0.0.1", port: 0), service: service, keys: serverKeys,
      router: router, limits: limits,
      log: Log(service: service.rawValue, level: .debug, sink: .collecting(into: serverLog)),
      metrics: serverMetrics, mirror: mirror)
    try await server.start()
    peer = Peer(
      loop: callerLoop, service: caller, peer: service, host: "127.0.0.1", port: Int(server.address.port),
      keys: callerKeys, limits: callerLimits ?? limits,
      log: Log(service: caller.rawValue, level: .debug, sink: .collecting(into: callerLog)), metrics: callerMetrics)
  }

  /// Starts, runs `body`, stops.
  package static func run(
    _ service: ServiceName = .receipts, caller: ServiceName = .senderRegistry,
    limits: RPCLimits = LoopbackService.limits,
    callerLimits: RPCLimits? = nil, keys: PairKeys? = nil, mirror: FrameMirror? = nil,
    register: (inout Router) -> Void, _ body: (LoopbackService) async throws -> Void
  ) async throws {
    let running = try await LoopbackService(
      service, caller: caller, limits: limits, callerLimits: callerLimits, keys: keys, mirror: mirror,
      register: register)
    do {
      try await body(running)
    } catch {
      await running.stop()
      throw error
    }
    await running.stop()
  }

  /// Ends both sides and their threads.
  package func stop() async {
    await peer.close()
    await server.drain(within: .seconds(2))
    callerLoop.stop()
    serverLoop.stop()
  }
}
