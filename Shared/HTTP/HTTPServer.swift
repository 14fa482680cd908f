import Synchronization
package import Transport

/// A strict HTTP/1.1 server on one loop (RFC 9112): keep-alive, pipelining, chunked bodies, streams, drain.
///
/// `@unchecked Sendable`: stored state is immutable, atomic, or used on the loop's thread only.
package final class HTTPServer: @unchecked Sendable {
  package typealias Handler = @Sendable (HTTPRequest) async -> HTTPResponse

  let loop: EventLoop
  let limits: HTTPLimits
  let observer: HTTPObserver
  let bodyLimit: @Sendable (HTTPRequestHead) -> Int
  let streams: @Sendable (HTTPRequestHead) -> Bool
  private let handler: Handler
  private let listener: TCPListener
  private let openCount = Atomic<Int>(0)
  private let runningCount = Atomic<Int>(0)

  // Loop thread only from here on.
  var encoder = HTTPResponseEncoder()
  private(set) var isDraining = false
  private var connections: [ObjectIdentifier: HTTPConnection] = [:]
  private var bodyBytes = 0
  private var whenEmpty: (() -> Void)?
  private var drainTimers: [LoopTimer] = []

  /// Binds `address`; `start` begins to accept. `bodyLimit` says how many bytes a request may bring, by its head.
  /// A handler of a request that `streams` begins at its head and reads the body as it comes; others get it whole.
  /// Throws when the address cannot be bound.
  package init(
    loop: EventLoop, address: SocketAddress, limits: HTTPLimits = .init(), observer: HTTPObserver = .init(),
    bodyLimit: @escaping @Sendable (HTTPRequestHead) -> Int,
    streams: @escaping @Sendable (HTTPRequestHead) -> Bool = { _ in false }, handler: @escaping Handler
  ) throws(TransportFailure) {
    self.loop = loop
    self.limits = limits
    self.observer = observer
    self.bodyLimit = bodyLimit
    self.streams = streams
    self.handler = handler
    listener = try TCPListener(
      loop: loop, address: address, maximumConnections: limits.connections, outboundLimit: limits.outboundBytes)
  }

  /// The bound address; its port is the kernel's choice when port 0 was asked for.
  package var address: SocketAddress { listener.address }

  /// Connections open now. From any thread.
  package var openConnections: Int { openCount.load(ordering: .relaxed) }

  /// Handlers that have not returned, those of clients that have gone among them. From any thread.
  package var runningHandlers: Int { runningCount.load(ordering: .relaxed) }

  /// Begins to accept. Throws when the loop cannot watch the listener.
  package func start() async throws(TransportFailure) {
    let result = await loop.perform { () -> Result<Void, TransportFailure> in
      do throws(TransportFailure) {
        // The listener keeps the server alive until `drain`.
        try self.listener.accept { self.accept($0) }
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  /// Stops: accepts no more, closes idle connections, lets what runs be answered (with `Connection: close`) and
  /// waits for handlers whose clients have gone; cuts what is left after `limit`. The loop must
  /// still run.
  package func drain(within limit: Duration) async {
    await withCheckedContinuation { continuation in
      loop.execute { self.beginDrain(limit) { continuation.resume() } }
    }
  }

  // MARK: On the loop

  /// Starts the handler's task and gives its answer to `answered`, on the loop. The caller owns the task's
  /// cancellation; its end is counted here, and `drain` waits for it.
  func run(
    _ request: HTTPRequest, _ answered: @escaping @Sendable (HTTPResponse) -> Void
  ) -> Task<Void, Never> {
    runningCount.add(1, ordering: .relaxed)
    return loop.spawn { [self] in
      answered(await handler(request))
      runningCount.subtract(1, ordering: .relaxed)
      finishDrainIfIdle()
    }
  }

  /// Counts the bodies held over all connections, at the expense of silent ones where there is no room for `count`
  /// more. False when there is none all the same.
  func reserveBody(_ count: Int, for connection: HTTPConnection) -> Bool {
    while bodyBytes + count > limits.bodyBytesInFlight {
      guard let silent = longestSilentBody(except: connection) else { return false }
      silent.evictBody()
    }
    bodyBytes += count
    return true
  }

  private func longestSilentBody(except own: HTTPConnection) -> HTTPConnection? {
    var since = MonotonicClock.now - limits.evictedBodySilence.nanoseconds
    var found: HTTPConnection?
    for connection in connections.values where connection !== own {
      guard let heardAt = connection.bodyHeardAt, heardAt < since else { continue }
      since = heardAt
      found = connection
    }
    return found
  }

  /// How long a connection may be idle now.
  var idleTime: Duration {
    let isCrowded = connections.count * 10 >= limits.connections * 9
    return isCrowded ? min(limits.idleTime, limits.crowdedIdleTime) : limits.idleTime
  }

  func releaseBody(_ count: Int) { bodyBytes -= count }

  func closed(_ connection: HTTPConnection) {
    guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
    listener.connectionClosed()
    countConnections()
    finishDrainIfIdle()
  }

  private func accept(_ tcp: TCPConnection) {
    let connection = HTTPConnection(server: self, tcp: tcp)
    connections[ObjectIdentifier(connection)] = connection
    countConnections()
    connection.start()
  }

  private func countConnections() {
    openCount.store(connections.count, ordering: .relaxed)
    observer.connectionsChanged?(connections.count)
  }

  private func beginDrain(_ limit: Duration, _ done: @escaping () -> Void) {
    listener.close()
    isDraining = true
    let before = whenEmpty
    whenEmpty = {
      before?()
      done()
    }
    // A copy: closing takes connections out.
    for connection in Array(connections.values) { connection.drain() }
    if finishDrainIfIdle() { return }
    drainTimers.append(
      loop.schedule(after: limit) {
        for connection in Array(self.connections.values) { connection.cut("DRAIN_LIMIT") }
        self.finishDrain()
      })
  }

  @discardableResult
  private func finishDrainIfIdle() -> Bool {
    let isIdle = isDraining && connections.isEmpty && runningHandlers == 0
    if isIdle { finishDrain() }
    return isIdle
  }

  private func finishDrain() {
    let done = whenEmpty
    whenEmpty = nil
    drainTimers.forEach(loop.cancel)
    drainTimers = []
    done?()
  }
}
