import Crypto
import Synchronization
package import Transport

/// A forward proxy on the loopback of this process, which every outgoing request of URLSession passes.
///
/// libcurl obeys the proxy variables; the guard resolves names itself, checks every address and dials the very address
/// it checked, so nothing can change between check and use. TLS goes through it end to end.
///
/// `@unchecked Sendable`: everything mutable is used on the loop's thread only.
package final class EgressGuard: @unchecked Sendable {
  package let rules: EgressRules
  package let loop: EventLoop
  let limits: EgressLimits
  let dialler: EgressDialler
  let observer: EgressObserver
  private let reservation: EgressReservation
  private let listener: TCPListener

  /// Tunnels a client gave up on before it sent anything through them.
  private let unwanted = Mutex<Set<UInt64>>([])

  // Loop thread only.
  private var lastTunnel: UInt64 = 0
  private var open: [ObjectIdentifier: ProxyConnection] = [:]

  /// Takes over the reserved socket. `resolve` is the system's resolver unless a test plays another.
  package init(
    rules: EgressRules, reservation: EgressReservation, loop: EventLoop, limits: EgressLimits = EgressLimits(),
    observer: EgressObserver = EgressObserver(),
    resolve: @escaping @Sendable (String, Int) async throws(TransportFailure) -> [SocketAddress] = Resolver.resolve
  ) throws(TransportFailure) {
    self.rules = rules
    self.loop = loop
    self.limits = limits
    self.observer = observer
    self.reservation = reservation
    dialler = EgressDialler(rules: rules, loop: loop, resolve: resolve)
    listener = try TCPListener(
      loop: loop, adopting: reservation.descriptor, maximumConnections: limits.connections, outboundLimit: 4 << 20)
  }

  /// The loopback port the proxy listens on.
  package var port: Int { reservation.port }

  /// Starts to accept. From any task.
  package func start() async throws(TransportFailure) {
    let result = await loop.perform { [self] () -> Result<Void, TransportFailure> in
      do throws(TransportFailure) {
        try listener.accept { [weak self] connection in self?.accepted(connection) }
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  /// Stops accepting and cuts what is open. From any task.
  package func close() async {
    await loop.perform { [self] in
      listener.close()
      for connection in open.values { connection.cut("the egress guard is closing") }
    }
  }

  /// Open proxy connections now.
  package func openConnections() async -> Int { await loop.perform { [self] in open.count } }

  /// See `EgressRules.check(url:)`.
  package func check(url: String) throws(OutboundFailure) { try rules.check(url: url) }

  /// True when requests for `url` come to this guard, false for hosts that bypass it.
  func covers(_ url: OutboundURL) -> Bool { reservation.covers(url.host) }

  var noteHeader: String { reservation.noteHeader }

  /// Compares without leaking how much was right.
  func isAuthorized(_ value: String?) -> Bool {
    let expected = Array(("Basic " + Base64.encode(Array(reservation.credentials.utf8))).utf8)
    let given = Array((value ?? "").utf8)
    var difference = UInt8(expected.count == given.count ? 0 : 1)
    for index in expected.indices { difference |= expected[index] ^ (index < given.count ? given[index] : 0) }
    return difference == 0
  }

  func nextTunnel() -> UInt64 {
    lastTunnel += 1
    return lastTunnel
  }

  /// Lets not a byte of the client through this tunnel any more. Takes effect before the call returns, from any
  /// thread: what the client writes afterwards, the guard reads afterwards.
  func refuse(tunnel: UInt64) { unwanted.withLock { _ = $0.insert(tunnel) } }

  func isUnwanted(_ tunnel: UInt64) -> Bool { unwanted.withLock { $0.contains(tunnel) } }

  func forget(tunnel: UInt64) { unwanted.withLock { _ = $0.remove(tunnel) } }

  private func accepted(_ connection: TCPConnection) {
    let proxied = ProxyConnection(connection, owner: self)
    open[ObjectIdentifier(proxied)] = proxied
    proxied.start()
  }

  /// Called once by each connection when its client side has closed.
  func finished(_ connection: ProxyConnection) {
    loop.assertCurrent()
    if open.removeValue(forKey: ObjectIdentifier(connection)) != nil { listener.connectionClosed() }
  }
}
