import Transport

/// Requests whose handlers read the body while it comes.
extension HTTPConnection {
  /// The handler begins before its body has come.
  func beginStream(_ head: HTTPRequestHead) {
    let incoming = HTTPRequestBody { [weak self] in
      guard let self else { return }
      server.loop.execute { self.clientMayGoOn() }
    }
    self.incoming = incoming
    var request = HTTPRequest(head: head, body: [])
    request.incoming = incoming
    run(request)
  }

  /// The handler reads more slowly than the client sends: that is not the client's silence.
  func holdUpClient() {
    isReadingPaused = true
    tcp.pauseReading()
    deadline?.set(limits.handlerTime)
  }

  private func clientMayGoOn() {
    guard phase == .readingBody, incoming != nil, isReadingPaused, tcp.isOpen else { return }
    isReadingPaused = false
    body.heardAt = MonotonicClock.now
    deadline?.set(body.time(limits), from: body.startedAt)
    tcp.resumeReading()
  }

  func endStream() {
    _ = incoming?.feed(body.stream())
    incoming?.finish()
    incoming = nil
    head = nil
    phase = .handling
    deadline?.set(limits.handlerTime)
    if hasPeerEnded { watchHalfClosed() }
  }

  /// The handler does not want the rest of the body: the connection ends with its answer, and what still comes is
  /// dropped, so that the client gets to read it.
  func stopStream() {
    incoming?.cut()
    incoming = nil
    head = nil
    phase = .handling
    parser.stop()
    if isReadingPaused {
      isReadingPaused = false
      tcp.resumeReading()
    }
  }

  /// A handler that reads the body of a request that was refused in the middle is told, and its answer not awaited.
  func endExchange(refused status: Int) {
    incoming?.cut()
    incoming = nil
    exchange?.status = status
    report()
  }
}
