import Transport

/// Carries bytes both ways between a client of the guard and its target, at the speed of the slower side.
///
/// Kept alive by the callbacks of its two connections, which end when the connections do. Loop only.
final class Relay {
  private let client: TCPConnection
  private let upstream: TCPConnection
  private let limits: EgressLimits
  private let answerBytes: Int
  private var unasked = 0
  private var hasClientEnded = false
  private var hasUpstreamEnded = false
  private var lastActivity = MonotonicClock.now
  private var timer: LoopTimer?
  var onClientClosed: () -> Void = {}
  /// Asked before bytes of the client pass.
  var mayPass: () -> Bool = { true }

  init(client: TCPConnection, upstream: TCPConnection, limits: EgressLimits, answerBytes: Int) {
    self.client = client
    self.upstream = upstream
    self.limits = limits
    self.answerBytes = answerBytes
  }

  func start(_ rest: [UInt8]) {
    upstream.write(rest)
    client.onBytes = { self.carry($0, from: self.client, to: self.upstream) }
    upstream.onBytes = { self.carry($0, from: self.upstream, to: self.client) }
    client.onDrained = { self.upstream.resumeReading() }
    upstream.onDrained = { self.client.resumeReading() }
    client.onEnd = {
      self.hasClientEnded = true
      self.upstream.shutDownWrites()
      self.closeIfBothEnded()
    }
    upstream.onEnd = {
      self.hasUpstreamEnded = true
      self.client.shutDownWrites()
      self.closeIfBothEnded()
    }
    upstream.onClose = { _ in self.client.closeAfterFlush("the target closed") }
    client.onClose = { _ in
      self.stop()
      self.onClientClosed()
    }
    client.resumeReading()
    upstream.resumeReading()
    watchIdle()
  }

  private func carry(_ bytes: UnsafeRawBufferPointer, from source: TCPConnection, to sink: TCPConnection) {
    lastActivity = MonotonicClock.now
    if source === client {
      unasked = 0
      guard mayPass() else { return cut("the client gave the tunnel up") }
    } else {
      unasked += bytes.count
      if answerBytes > 0, unasked > answerBytes { return cut("the answer is longer than the guard allows") }
    }
    sink.write(bytes)
    if sink.outboundBytes > limits.buffered { source.pauseReading() }
  }

  private func closeIfBothEnded() {
    guard hasClientEnded, hasUpstreamEnded else { return }
    upstream.closeAfterFlush("both sides ended")
    client.closeAfterFlush("both sides ended")
  }

  private func cut(_ why: String) {
    upstream.close(.closedHere(why))
    client.close(.closedHere(why))
  }

  /// One timer that looks at the last activity, instead of one re-armed with every read.
  private func watchIdle() {
    let idle = MonotonicClock.now - lastActivity
    let left = limits.idle.nanoseconds - idle
    if left <= 0 { return cut("idle") }
    timer = client.loop.schedule(after: .nanoseconds(left)) { self.watchIdle() }
  }

  private func stop() {
    if let timer { client.loop.cancel(timer) }
    timer = nil
  }
}
