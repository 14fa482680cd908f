import Wire

/// A connection that carries frames: splits what comes, writes what goes, pings when nothing comes, and ends once
/// with one reason. It knows nothing of calls. Loop thread only.
final class RPCLink {
  /// The body of each frame.
  var onFrame: (([UInt8]) -> Void)?
  /// Called exactly once.
  var onClose: ((RPCCloseReason) -> Void)?

  let loop: EventLoop
  let remote: SocketAddress
  private let connection: TCPConnection
  private let limits: RPCLimits
  private let mirror: FrameMirror?
  private let name: String
  private var splitter: FrameSplitter
  private var reason: RPCCloseReason?
  private var isEnding = false
  private var controls: RPCRate
  private var pingTimer: LoopTimer?
  private var hasHeard = false
  private var missedPings = 0
  private var lastPing: Int64 = 0

  /// Takes over a fresh connection; `name` tells it apart in a mirror.
  init(_ connection: TCPConnection, limits: RPCLimits, name: String, mirror: FrameMirror?) {
    self.connection = connection
    self.limits = limits
    self.name = name
    self.mirror = mirror
    loop = connection.loop
    remote = connection.remote
    splitter = FrameSplitter(limit: limits.unauthenticatedFrameBytes)
    controls = RPCRate(perSecond: limits.controlFramesPerSecond)
  }

  /// False once it is closed or about to be: nothing more is read from it.
  var isOpen: Bool { !isEnding && connection.isOpen }

  func start() {
    connection.outboundLimit = limits.outboundBytes
    connection.onBytes = { [unowned self] bytes in received(bytes) }
    connection.onClose = { [unowned self] reason in closed(reason) }
    connection.resumeReading()
  }

  /// The peer is proven: longer frames are welcome, silence is watched.
  func authenticated() {
    splitter.limit = limits.frameBytes
    schedulePing()
  }

  /// Queues a whole frame for the end of the turn.
  func send(_ frame: [UInt8]) {
    mirror?.record(frame.dropFirst(Frame.headerBytes), .sent, name)
    connection.write(frame)
  }

  /// Tells the other side why, then closes. `linger` bounds the wait for it to read that.
  func end(_ reason: RPCCloseReason, telling goaway: Goaway, linger: Duration = .seconds(2)) {
    if !isOpen { return }
    isEnding = true
    self.reason = self.reason ?? reason
    send(Frame.goaway(goaway))
    connection.closeAfterFlush(reason.description, limit: linger)
  }

  /// Closes at once.
  func close(_ reason: RPCCloseReason) {
    if !connection.isOpen { return }
    isEnding = true
    self.reason = self.reason ?? reason
    connection.close(.closedHere(reason.description))
  }

  /// Remembers the reason a peer gave before its end of the socket goes silent.
  func note(_ reason: RPCCloseReason) { self.reason = self.reason ?? reason }

  /// Counts a frame that costs the peer nothing; too many end the connection.
  func admitControl() -> Bool {
    if controls.admits(now: MonotonicClock.now) { return true }
    fail(.unexpected("flood of pings and cancels"))
    return false
  }

  /// Ends the connection because the other side broke the protocol.
  func fail(_ failure: FrameFailure) {
    end(.protocolError(failure), telling: Goaway(reason: failure.reason, message: failure.description))
  }

  private func received(_ bytes: UnsafeRawBufferPointer) {
    hasHeard = true
    splitter.append(bytes)
    do throws(FrameFailure) {
      while isOpen, let body = try splitter.next() {
        mirror?.record(body[...], .received, name)
        onFrame?(body)
      }
    } catch {
      fail(error)
    }
  }

  private func closed(_ tcp: TCPCloseReason) {
    isEnding = true
    if let pingTimer { loop.cancel(pingTimer) }
    let callback = onClose
    onFrame = nil
    onClose = nil
    callback?(reason ?? .tcp(tcp))
  }

  private func schedulePing() {
    pingTimer = loop.schedule(after: limits.idlePing) { [weak self] in self?.pingIfSilent() }
  }

  private func pingIfSilent() {
    pingTimer = nil
    if !isOpen { return }
    if hasHeard {
      hasHeard = false
      missedPings = 0
    } else if missedPings == 2 {
      return end(.pingTimeout, telling: Goaway(reason: "PING_TIMEOUT", message: "no answer to two pings"))
    } else {
      missedPings += 1
      lastPing += 1
      send(Frame.ping(id: lastPing))
    }
    schedulePing()
  }
}
