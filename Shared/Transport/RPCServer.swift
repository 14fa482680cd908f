package import Telemetry
package import Wire

/// Serves a router's methods to peers that prove who they are.
///
/// `@unchecked Sendable`: `core` and `listener` are used on the loop's thread only, after `init`.
package final class RPCServer: @unchecked Sendable {
  /// Where it listens; the port is the kernel's choice when 0 was asked for.
  package let address: SocketAddress
  private let loop: EventLoop
  private let listener: TCPListener
  private let core: RPCServerCore

  /// Binds at once; `start` begins to accept. `health.check` and `rpc.describe` are added to `router`.
  /// Only the services in `actorMayBeSetBy` may make calls in the name of an account or a person.
  package init(
    loop: EventLoop, address: SocketAddress, service: ServiceName, keys: PairKeys, router: Router,
    limits: RPCLimits = RPCLimits(), actorMayBeSetBy: Set<ServiceName> = [.senderRegistry], log: Log,
    metrics: Metrics, mirror: FrameMirror? = nil, keyUse: PairKeyUse? = nil
  ) throws(TransportFailure) {
    self.loop = loop
    // Room for those that are being closed, so that a flood of strangers does not stop the listener.
    let most = limits.connections + 2 * limits.unauthenticatedConnections
    listener = try TCPListener(
      loop: loop, address: address, maximumConnections: most, outboundLimit: limits.outboundBytes)
    self.address = listener.address
    core = RPCServerCore(
      service: service, keys: keys, router: router.withBuiltIns(of: service), limits: limits,
      actorMayBeSetBy: actorMayBeSetBy, log: log, metrics: metrics, mirror: mirror, keyUse: keyUse,
      listener: listener)
  }

  /// Begins to accept connections.
  package func start() async throws(TransportFailure) {
    let result = await loop.perform { [self] () -> Result<Void, TransportFailure> in
      Result { () throws(TransportFailure) in
        try listener.accept { [core] connection in core.accepted(connection) }
      }
    }
    try result.get()
  }

  /// Connections open now, proven or not.
  package func openConnections() async -> Int { await loop.perform { [self] in core.openConnections } }

  /// Stops in good order: no new connections or calls, running calls finish, and after `limit` what is left is cut.
  package func drain(within limit: Duration) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      loop.execute { [self] in
        let once = RPCOnce { continuation.resume() }
        core.drain(within: limit) { once.run() }
        loop.schedule(after: limit) { [core] in
          core.closeAll()
          once.run()
        }
      }
    }
  }
}

/// Runs its work the first time it is asked. Loop thread only.
final class RPCOnce {
  private var work: (() -> Void)?

  init(_ work: @escaping () -> Void) { self.work = work }

  func run() {
    let work = work
    self.work = nil
    work?()
  }
}
