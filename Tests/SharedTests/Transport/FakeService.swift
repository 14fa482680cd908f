import JSON
import Telemetry
import TestSupport
import Transport
import Wire

/// A service that shakes hands properly and then does what a test wants with each frame: the raw connection is at
/// hand. `@unchecked Sendable`: what changes is used on the loop's thread only.
final class FakeService: @unchecked Sendable {
  typealias Behaviour = @Sendable (Envelope, TCPConnection) -> Void

  let loop: EventLoop
  let peer: Peer
  let callerLoop: EventLoop
  private let listener: TCPListener
  private let keys: PairKeys
  private let behaviour: Behaviour
  private var connections: [TCPConnection] = []
  /// Handshakes completed so far, as they happen.
  let arrivals = AsyncBox<Int>()
  private var count = 0
  private var refusals: Int

  /// Listens, and makes a peer to it. The first `refusing` connections are closed as soon as they are there.
  init(limits: RPCLimits = LoopbackService.limits, refusing refusals: Int = 0, _ behaviour: @escaping Behaviour)
    async throws
  {
    self.behaviour = behaviour
    self.refusals = refusals
    loop = try EventLoop(name: "fake")
    callerLoop = try EventLoop(name: "caller")
    let (ours, theirs) = try FreshKeys.pair(.receipts, .senderRegistry)
    keys = ours
    listener = try TCPListener(loop: loop, address: try SocketAddress(host: "127.0.0.1", port: 0))
    peer = Peer(
      loop: callerLoop, service: .senderRegistry, peer: .receipts, host: "127.0.0.1",
      port: Int(listener.address.port), keys: theirs, limits: limits, log: .silent, metrics: Metrics())
    let started = await loop.perform { [self] () -> Result<Void, TransportFailure> in
      Result { () throws(TransportFailure) in try listener.accept { [unowned self] in accepted($0) } }
    }
    try started.get()
  }

  func stop() async {
    await peer.close()
    await loop.perform { [self] in
      listener.close()
      for connection in connections { connection.close(.closedHere("test ends")) }
      connections = []
    }
    callerLoop.stop()
    loop.stop()
  }

  private func accepted(_ connection: TCPConnection) {
    if refusals > 0 {
      refusals -= 1
      return connection.close(.closedHere("refused by the test"))
    }
    connections.append(connection)
    var splitter = FrameSplitter(limit: 1 << 20)
    var handshake = HandshakeAcceptor(service: .receipts, keys: keys, frameBytes: 1 << 20, inFlight: 256)
    var isReady = false
    connection.onBytes = { [unowned self, unowned connection] bytes in
      splitter.append(bytes)
      while let body = try? splitter.next() {
        if isReady {
          if let envelope = try? Envelope(body, limit: 1 << 20) { behaviour(envelope, connection) }
          continue
        }
        switch try? handshake.received(body) {
        case .send(let frame): connection.write(frame)
        case .established(_, let frame):
          connection.write(frame)
          isReady = true
          count += 1
          arrivals.put(count)
        case nil: connection.close(.closedHere("bad handshake"))
        }
      }
    }
    connection.resumeReading()
  }
}

extension FakeService {
  static func run(
    limits: RPCLimits = LoopbackService.limits, refusing refusals: Int = 0, _ behaviour: @escaping Behaviour,
    _ body: (FakeService) async throws -> Void
  ) async throws {
    let fake = try await FakeService(limits: limits, refusing: refusals, behaviour)
    do {
      try await body(fake)
    } catch {
      await fake.stop()
      throw error
    }
    await fake.stop()
  }
}
