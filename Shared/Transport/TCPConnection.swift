import Glibc

/// Why a connection ended.
package enum TCPCloseReason: Error, Sendable, Equatable {
  /// The other side closed in good order.
  case endOfStream
  /// This side asked for it.
  case closedHere(String)
  /// The other side did not read and the outbound buffer reached its limit.
  case slowReader
  /// The kernel reported an error.
  case failed(TransportFailure)
}

/// A connected TCP socket on a loop: bytes in by callback, bytes out gathered into one write per turn.
///
/// `@unchecked Sendable`: every member is used on the loop's thread only; entry points assert it.
package final class TCPConnection: ReadinessHandler, EndOfTurn, @unchecked Sendable {
  package let loop: EventLoop
  package let remote: SocketAddress
  /// Bytes that may wait for a slow reader before the connection is cut.
  package var outboundLimit: Int

  /// Received bytes, valid only during the call.
  package var onBytes: ((UnsafeRawBufferPointer) -> Void)?
  /// The other side has finished sending; unset means close.
  package var onEnd: (() -> Void)?
  /// Everything written has been handed to the kernel.
  package var onDrained: (() -> Void)?
  /// Called exactly once.
  package var onClose: ((TCPCloseReason) -> Void)?

  /// Bytes the kernel has taken so far: whoever judges a slow reader looks at how this grows.
  package private(set) var sentBytes = 0

  private var descriptor: Int32
  private var outbound: [UInt8] = []
  private var outboundHead = 0
  private var isFlushQueued = false
  private var isPaused = true
  private var hasReadEnd = false
  private var isClosed = false
  private var afterFlush: AfterFlush = .nothing
  private var interest: ReadinessSet = []

  private enum AfterFlush { case nothing, shutDownWrites, close(String) }

  /// Takes ownership of a connected, non-blocking descriptor.
  init(loop: EventLoop, descriptor: Int32, remote: SocketAddress, outboundLimit: Int) throws(TransportFailure) {
    self.loop = loop
    self.descriptor = descriptor
    self.remote = remote
    self.outboundLimit = outboundLimit
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    try loop.register(descriptor, [], self)
  }

  deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

  /// Bytes written here and not yet taken by the kernel.
  package var outboundBytes: Int { outbound.count - outboundHead }

  /// False once `close` has run or `onClose` was called.
  package var isOpen: Bool { !isClosed }

  /// This side's address.
  package var local: SocketAddress? { SocketAddress.ask(getsockname, descriptor) }

  /// Starts, or continues, reading.
  package func resumeReading() {
    loop.assertCurrent()
    isPaused = false
    updateInterest()
  }

  /// Stops reading: the kernel's buffer and then the peer feel the back-pressure.
  package func pauseReading() {
    loop.assertCurrent()
    isPaused = true
    updateInterest()
  }

  /// Queues bytes for the end of this turn.
  package func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { write($0) }
  }

  /// Queues a copy of `bytes` for the end of this turn.
  package func write(_ bytes: UnsafeRawBufferPointer) {
    loop.assertCurrent()
    if isClosed || bytes.isEmpty { return }
    outbound.append(contentsOf: bytes)
    if outboundBytes > outboundLimit {
      // Give the kernel one chance before judging the reader slow.
      flush()
      if outboundBytes > outboundLimit { return close(.slowReader) }
    }
    queueFlush()
  }

  /// Sends FIN after everything queued; reading goes on.
  package func shutDownWrites() {
    loop.assertCurrent()
    afterFlush = .shutDownWrites
    queueFlush()
  }

  /// Closes after everything queued has been sent, waiting at most `limit` for a slow reader.
  package func closeAfterFlush(_ why: String, limit: Duration = .seconds(5)) {
    loop.assertCurrent()
    if isClosed { return }
    afterFlush = .close(why)
    // Unread bytes at close(2) would make the kernel send RST and destroy the answer on its way, so the
    // rest of the input is read and dropped until the peer is done.
    onBytes = { _ in }
    onEnd = nil
    resumeReading()
    queueFlush()
    loop.schedule(after: limit) { [weak self] in self?.close(.closedHere(why)) }
  }

  /// Closes at once and drops what was not sent.
  package func close(_ reason: TCPCloseReason) {
    loop.assertCurrent()
    if isClosed { return }
    isClosed = true
    loop.deregister(descriptor)
    Glibc.close(descriptor)
    descriptor = -1
    outbound = []
    outboundHead = 0
    let callback = onClose
    onBytes = nil
    onEnd = nil
    onDrained = nil
    onClose = nil
    callback?(reason)
  }

  // MARK: Readiness

  func ready(_ events: ReadinessSet) {
    if events.contains(.write) { flush() }
    if isClosed { return }
    if hasReadEnd {
      // Past the end of the input recv gives 0 for ever and says nothing of a reset that came after it: only
      // the event itself does, and it would come again each turn.
      if !events.isDisjoint(with: [.hangUp, .failed]) {
        let code = pendingError()
        close(code == 0 ? .endOfStream : .failed(.system(call: "epoll", errno: code)))
      }
      return
    }
    if !events.isDisjoint(with: [.read, .hangUp, .failed]) {
      if isPaused {
        // With reading paused an error or full hang-up would spin the loop: end it here.
        if !events.isDisjoint(with: [.hangUp, .failed]) {
          close(.failed(.system(call: "epoll", errno: socketError())))
        }
        return
      }
      readSome()
    }
  }

  /// A few reads per turn, so that one busy connection does not starve the others.
  private func readSome() {
    for _ in 0..<4 {
      let buffer = loop.scratch
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count > 0 {
        onBytes?(UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
        if isClosed || isPaused || count < buffer.count { return }
      } else if count == 0 {
        return readEnded()
      } else if errno == EAGAIN {
        return
      } else if errno != EINTR {
        return close(.failed(.system(call: "recv", errno: errno)))
      }
    }
  }

  private func readEnded() {
    hasReadEnd = true
    updateInterest()
    if case .close(let why) = afterFlush { return close(.closedHere(why)) }
    guard let onEnd else { return close(.endOfStream) }
    onEnd()
  }

  func endOfTurn() {
    isFlushQueued = false
    if !isClosed { flush() }
  }

  private func queueFlush() {
    if isFlushQueued || isClosed { return }
    isFlushQueued = true
    loop.flushAtEndOfTurn(self)
  }

  private func flush() {
    while outboundBytes > 0 {
      let count = outbound.withUnsafeBytes { bytes in
        send(descriptor, bytes.baseAddress?.advanced(by: outboundHead), bytes.count - outboundHead, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        outboundHead += count
        sentBytes += count
      } else if errno == EAGAIN {
        break
      } else if errno != EINTR {
        return close(.failed(.system(call: "send", errno: errno)))
      }
    }
    if outboundBytes == 0 {
      // Keep a modest capacity: an idle connection must not hold on to its largest answer.
      if outbound.capacity > 65_536 { outbound = [] } else { outbound.removeAll(keepingCapacity: true) }
      outboundHead = 0
      finishAfterFlush()
      if !isClosed { onDrained?() }
    } else if outboundHead > 262_144 {
      outbound.removeFirst(outboundHead)
      outboundHead = 0
    }
    updateInterest()
  }

  private func finishAfterFlush() {
    switch afterFlush {
    case .nothing: return
    case .shutDownWrites:
      afterFlush = .nothing
      shutdown(descriptor, Int32(SHUT_WR))
    case .close(let why):
      shutdown(descriptor, Int32(SHUT_WR))
      if hasReadEnd { close(.closedHere(why)) }
    }
  }

  private func updateInterest() {
    if isClosed { return }
    var wanted: ReadinessSet = []
    if !isPaused && !hasReadEnd { wanted.insert(.read) }
    if outboundBytes > 0 { wanted.insert(.write) }
    if wanted != interest {
      interest = wanted
      loop.modify(descriptor, wanted)
    }
  }

  private func socketError() -> Int32 {
    let code = pendingError()
    return code == 0 ? ECONNRESET : code
  }

  /// The socket's error, zero when it has none.
  private func pendingError() -> Int32 {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
    return code
  }
}
