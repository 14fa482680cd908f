import Telemetry
import Wire

/// Keeps one connection to a peer: dials, shakes hands, pauses with full jitter after a failure, dials again while
/// somebody wants it. Loop thread only.
///
/// `@unchecked Sendable`: the dialling task runs on the loop too, so everything stays on that thread.
final class PeerSlot: @unchecked Sendable {
  /// A connection is ready for calls.
  var onReady: ((PeerConnection) -> Void)?
  /// An attempt failed or the connection ended.
  var onLost: ((String) -> Void)?

  private let target: PeerTarget
  private let loop: EventLoop
  private var state = State.idle
  private var isWanted = false
  private var failures = 0
  private var isClosed = false
  private var opened: Int64 = 0
  /// Connections that say goodbye; they finish what runs.
  private var leaving: [ObjectIdentifier: PeerConnection] = [:]

  private enum State {
    case idle
    /// The task ends with the attempt; `close` waits for it.
    case dialling(Task<Void, Never>)
    case greeting(RPCLink)
    case pausing(LoopTimer)
    case ready(PeerConnection)
  }

  init(_ target: PeerTarget, loop: EventLoop) {
    self.target = target
    self.loop = loop
  }

  /// The connection if calls may be made on it.
  var connection: PeerConnection? {
    if case .ready(let connection) = state, connection.isUsable { return connection }
    return nil
  }

  /// Somebody waits for a connection.
  func want() {
    isWanted = true
    if case .idle = state, !isClosed { dial() }
  }

  /// Nobody waits any more: no further attempts.
  func unwant() { isWanted = false }

  /// Ends everything; returns the task that may still be dialling.
  func close() -> Task<Void, Never>? {
    isClosed = true
    isWanted = false
    onReady = nil
    for connection in leaving.values { connection.close("this service is stopping") }
    let last = state
    state = .idle
    switch last {
    case .idle: return nil
    case .pausing(let timer): loop.cancel(timer)
    case .greeting(let link): link.close(.closedHere("this service is stopping"))
    case .ready(let connection): connection.close("this service is stopping")
    case .dialling(let task): return task
    }
    return nil
  }

  // MARK: Dialling

  private func dial() {
    state = .dialling(
      loop.spawn { [self] in
        do throws(TransportFailure) {
          greet(try await target.connect(loop))
        } catch {
          failed(error.description)
        }
      })
  }

  private func greet(_ connection: TCPConnection) {
    loop.assertCurrent()
    if isClosed { return connection.close(.closedHere("this service is stopping")) }
    let link = RPCLink(
      connection, limits: target.limits, name: "\(target.service)>\(target.peer)", mirror: target.mirror)
    var handshake: HandshakeInitiator
    do throws(HandshakeFailure) {
      handshake = try HandshakeInitiator(
        service: target.service, peer: target.peer, keys: target.keys, frameBytes: target.limits.frameBytes,
        inFlight: target.limits.inFlightPerConnection)
    } catch {
      connection.close(.closedHere(error.description))
      return failed(error.description)
    }
    state = .greeting(link)
    let timer = loop.schedule(after: target.limits.handshakeTime) { [weak link] in link?.close(.handshakeTimeout) }
    link.onClose = { [self] reason in
      loop.cancel(timer)
      failed(reason.description)
    }
    link.onFrame = { [self, unowned link] body in
      do throws(HandshakeFailure) {
        switch try handshake.received(body) {
        case .send(let frame):
          link.send(frame)
        case .established(let agreement, let frame):
          loop.cancel(timer)
          if !frame.isEmpty { link.send(frame) }
          ready(PeerConnection(link, agreement, limits: target.limits, metrics: target.metrics), agreement)
        }
      } catch {
        if case .refused = error { return link.close(.handshake(error)) }
        link.end(.handshake(error), telling: error.goaway, linger: .milliseconds(200))
      }
    }
    link.start()
    link.send(handshake.opening)
  }

  private func ready(_ connection: PeerConnection, _ agreement: HandshakeStep.Agreement) {
    state = .ready(connection)
    opened = MonotonicClock.now
    target.metrics.connections.increment()
    target.keyUse?.opened(agreement, .dialled)
    target.log.info("rpc.connected", ["peer": .string(target.peer.rawValue), "key": .string(agreement.keyID)])
    connection.onGoaway = { [self, unowned connection] in left(connection) }
    connection.onClose = { [self, unowned connection] reason in
      target.metrics.connections.decrement()
      target.keyUse?.closed(agreement, .dialled)
      if leaving.removeValue(forKey: ObjectIdentifier(connection)) == nil { lost(reason) }
    }
    onReady?(connection)
  }

  /// The peer takes no new calls here: the next connection is somebody else's business to accept.
  private func left(_ connection: PeerConnection) {
    guard case .ready(let current) = state, current === connection else { return }
    leaving[ObjectIdentifier(connection)] = connection
    pause(because: "\(target.peer) is leaving")
  }

  private func lost(_ reason: RPCCloseReason) {
    if isClosed { return }
    target.log.notice(
      "rpc.disconnected", ["peer": .string(target.peer.rawValue), "cause": .string(reason.description)])
    // One that came and went at once is no success: it must not be dialled in a tight loop.
    if MonotonicClock.now - opened > 5_000_000_000 { failures = 0 }
    pause(because: reason.description)
  }

  private func failed(_ why: String) {
    if isClosed { return }
    if failures == 0 {
      target.log.error(
        "rpc.connect_failed",
        ["peer": .string(target.peer.rawValue), "address": .string(target.name), "cause": .string(why)])
    }
    pause(because: why)
  }

  private func pause(because why: String) {
    let longest = min(
      target.limits.reconnectPause.upperBound.nanoseconds,
      target.limits.reconnectPause.lowerBound.nanoseconds << min(failures, 16))
    failures += 1
    let timer = loop.schedule(after: .nanoseconds(Int64.random(in: 0...longest))) { [weak self] in
      guard let self, !isClosed else { return }
      state = .idle
      if isWanted { dial() }
    }
    state = .pausing(timer)
    onLost?(why)
  }
}
