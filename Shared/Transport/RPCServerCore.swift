import Telemetry
import Wire

/// What the connections of one server share. Loop thread only.
final class RPCServerCore {
  let service: ServiceName
  let keys: PairKeys
  let router: Router
  let limits: RPCLimits
  let actorMayBeSetBy: Set<ServiceName>
  let mirror: FrameMirror?
  let metrics: RPCServerMetrics
  let keyUse: PairKeyUse?
  let longestCall: Int64
  /// Handlers that have not ended, whether their callers still wait or not.
  var handlers = 0

  private let log: Log
  private let listener: TCPListener
  /// Oldest first.
  private var unauthenticated: [RPCServerConnection] = []
  private var authenticated: [ObjectIdentifier: RPCServerConnection] = [:]
  private var whenEmpty: (() -> Void)?

  init(
    service: ServiceName, keys: PairKeys, router: Router, limits: RPCLimits, actorMayBeSetBy: Set<ServiceName>,
    log: Log, metrics: Metrics, mirror: FrameMirror?, keyUse: PairKeyUse?, listener: TCPListener
  ) {
    self.service = service
    self.keys = keys
    self.router = router
    self.limits = limits
    self.actorMayBeSetBy = actorMayBeSetBy
    self.log = log
    self.metrics = RPCServerMetrics(metrics)
    self.mirror = mirror
    self.keyUse = keyUse
    self.listener = listener
    longestCall = limits.longestCall.nanoseconds
  }

  var openConnections: Int { unauthenticated.count + authenticated.count }

  func accepted(_ connection: TCPConnection) {
    if unauthenticated.count >= limits.unauthenticatedConnections, let oldest = unauthenticated.first {
      metrics.evicted.increment()
      oldest.close(.closedHere("made room for a newer connection"))
    }
    let made = RPCServerConnection(connection, server: self)
    unauthenticated.append(made)
    made.start()
  }

  /// Moves a proven connection to the proven ones; false when there are enough of those.
  func admit(_ connection: RPCServerConnection) -> Bool {
    guard authenticated.count < limits.connections else { return false }
    unauthenticated.removeAll { $0 === connection }
    authenticated[ObjectIdentifier(connection)] = connection
    metrics.connections.set(authenticated.count)
    return true
  }

  /// An admitted connection knows who its peer is, and by which key.
  func proven(_ agreement: HandshakeStep.Agreement) {
    keyUse?.opened(agreement, .accepted)
    log.debug(
      "rpc.accepted", ["peer": .string(agreement.peer.rawValue), "key": .string(agreement.keyID)])
  }

  func handshakeFailed(_ reason: RPCCloseReason, _ remote: SocketAddress) {
    metrics.handshakeFailures.increment()
    log.error("rpc.handshake_failed", ["remote": .string(remote.description), "cause": .string(reason.description)])
  }

  func handlerFailed(_ method: String, _ cause: any Error) {
    if cause is CancellationError { return }
    log.fault("rpc.handler_failed", ["method": .string(method), "error": .failure(cause)])
  }

  func handlerEnded() {
    handlers -= 1
    tellIfEmpty()
  }

  func closed(_ connection: RPCServerConnection, _ reason: RPCCloseReason) {
    if authenticated.removeValue(forKey: ObjectIdentifier(connection)) != nil {
      metrics.connections.set(authenticated.count)
      if let agreement = connection.agreement { keyUse?.closed(agreement, .accepted) }
      let peer = connection.agreement?.peer.rawValue ?? ""
      switch reason {
      case .tcp(.endOfStream), .goaway, .closedHere:
        log.debug("rpc.connection_closed", ["peer": .string(peer), "cause": .string(reason.description)])
      default:
        log.error("rpc.connection_lost", ["peer": .string(peer), "cause": .string(reason.description)])
      }
    } else {
      unauthenticated.removeAll { $0 === connection }
    }
    listener.connectionClosed()
    tellIfEmpty()
  }

  // MARK: The end

  /// Stops accepting, tells every peer, and calls `done` once nothing is open and no handler runs.
  func drain(within limit: Duration, _ done: @escaping () -> Void) {
    listener.close()
    whenEmpty = done
    for connection in unauthenticated { connection.close(.closedHere("stopping")) }
    for connection in authenticated.values { connection.drain(within: limit) }
    tellIfEmpty()
  }

  /// Ends what a drain has left.
  func closeAll() {
    for connection in authenticated.values { connection.close(.closedHere("stopped")) }
    for connection in unauthenticated { connection.close(.closedHere("stopped")) }
  }

  private func tellIfEmpty() {
    guard openConnections == 0, handlers == 0, let done = whenEmpty else { return }
    whenEmpty = nil
    done()
  }
}
