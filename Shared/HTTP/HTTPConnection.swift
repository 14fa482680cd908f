import Transport

/// One client: reads requests, runs their handlers one after the other, writes the answers in order.
///
/// `@unchecked Sendable`: used on the loop's thread only; handlers' tasks run there too.
final class HTTPConnection: @unchecked Sendable {
  enum Phase: Equatable {
    /// Nothing of a request has come.
    case idle
    case readingHead
    case readingBody
    case handling
    /// The answer's body is being streamed.
    case streaming
    /// The answer is written; its reader is waited for.
    case flushing(thenClose: Bool)
    /// Said good-bye: the last bytes are on their way, or gone.
    case closing
  }

  let server: HTTPServer
  let tcp: TCPConnection
  var parser: HTTPParser
  var deadline: HTTPDeadline?
  var phase = Phase.idle
  var head: HTTPRequestHead?
  var body = HTTPIncomingBody()
  /// The body of a request whose handler reads it as it comes.
  var incoming: HTTPRequestBody?
  private var requestCount = 0
  var exchange: HTTPExchange?
  private var pump: HTTPStreamPump?
  var isReadingPaused = false
  var hasPeerEnded = false
  private var reader: HTTPReaderWatch

  var limits: HTTPLimits { server.limits }

  /// Answers up to this size leave with their head; more may wait in the kernel's buffer and ours.
  private static let inlineBytes = 64 << 10

  init(server: HTTPServer, tcp: TCPConnection) {
    self.server = server
    self.tcp = tcp
    parser = HTTPParser(limits: server.limits)
    reader = HTTPReaderWatch(limits: server.limits)
  }

  func start() {
    deadline = HTTPDeadline(server.loop) { [weak self] in self?.deadlinePassed() }
    // These keep the connection alive until `onClose`, which TCPConnection calls exactly once and then forgets.
    tcp.onBytes = { self.received($0) }
    tcp.onEnd = { self.peerEnded() }
    tcp.onDrained = { self.drained() }
    tcp.onClose = { _ in self.closed() }
    deadline?.set(limits.headTime)
    tcp.resumeReading()
  }

  /// The server stops: an idle connection ends now, another with its answer.
  func drain() {
    if phase != .idle { return }
    if tcp.outboundBytes > 0 { return closeGracefully() }
    tcp.close(.closedHere("draining"))
  }

  /// Ends the connection at once.
  func cut(_ code: String) {
    server.observer.rejected?(code, tcp.remote)
    tcp.close(.closedHere(code))
  }

  /// When the client last sent anything of a body that is held and not complete; nil without one.
  var bodyHeardAt: Int64? { phase == .readingBody && body.held > 0 ? body.heardAt : nil }

  /// Gives a silent body's room to others.
  func evictBody() { refuse(.bodiesInFlight) }

  // MARK: Reading

  private func received(_ bytes: UnsafeRawBufferPointer) {
    parser.append(bytes)
    switch phase {
    case .idle:
      phase = .readingHead
      advance()
      // The usual request comes in one piece and needs no deadline for its head.
      if phase == .readingHead { deadline?.set(limits.headTime) }
    case .readingHead, .readingBody:
      advance()
    case .handling, .streaming, .flushing:
      if parser.bufferedBytes > limits.pipelinedBytes {
        isReadingPaused = true
        tcp.pauseReading()
      }
    case .closing:
      break
    }
  }

  private func advance() {
    body.heardAt = MonotonicClock.now
    while let event = parser.next(into: &body.bytes) {
      switch event {
      case .head(let message):
        if !begin(HTTPRequestHead(message: message, remote: tcp.remote)) { return }
      case .end:
        if incoming != nil { return endStream() }
        return body.hold(in: server, of: self) ? handle() : refuse(.bodiesInFlight)
      case .failure(let refusal):
        return refuse(refusal)
      }
    }
    if phase == .readingBody, let incoming {
      deadline?.set(body.time(limits), from: body.startedAt)
      if incoming.feed(body.stream()) > limits.pipelinedBytes { holdUpClient() }
    } else if phase == .readingBody {
      if !body.hold(in: server, of: self) { return refuse(.bodiesInFlight) }
      deadline?.set(body.time(limits), from: body.startedAt)
    } else if parser.isBetweenRequests {
      phase = .idle
    }
    if hasPeerEnded { closeGracefully() }
  }

  /// Decides on the body before any of it is read. False when the request was refused.
  private func begin(_ head: HTTPRequestHead) -> Bool {
    self.head = head
    if let refusal = parser.acceptBody(upTo: server.bodyLimit(head)) {
      refuse(refusal)
      return false
    }
    let isStreamed = server.streams(head)
    if head.message.framing == .none && !isStreamed { return true }
    phase = .readingBody
    body.startedAt = body.heardAt
    if isStreamed { beginStream(head) }
    // RFC 9110 §10.1.1: not needed once the client has begun to send the body.
    if head.message.expectsContinue && parser.bufferedBytes == 0 {
      tcp.write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }
    return true
  }

  // MARK: Handling

  private func handle() {
    guard let head else { return }
    self.head = nil
    phase = .handling
    deadline?.set(limits.handlerTime)
    run(HTTPRequest(head: head, body: body.take()))
    if hasPeerEnded { watchHalfClosed() }
  }

  func run(_ request: HTTPRequest) {
    requestCount += 1
    let number = requestCount
    exchange = HTTPExchange(number: number, head: request.head.message, startedAt: MonotonicClock.now)
    // Owned by this connection: `finishExchange` or `closed` lets go of it or cancels it.
    exchange?.task = server.run(request) { self.answer($0, to: number) }
  }

  private func answer(_ response: HTTPResponse, to number: Int) {
    let isEarly = phase == .readingBody && incoming != nil && exchange?.number == number
    if isEarly { stopStream() }
    guard phase == .handling, let exchange, exchange.number == number else {
      // Too late: the client was answered or has gone.
      if case .stream(let stream) = response.body { stream.close() }
      return
    }
    body.release(in: server)
    if response.hangsUp { return cut("HTTP_HUNG_UP") }
    guard (200...599).contains(response.status), response.headers.isWellFormed else {
      if case .stream(let stream) = response.body { stream.close() }
      server.observer.rejected?("HTTP_BAD_RESPONSE", tcp.remote)
      return send(.problem(500, code: "INTERNAL", detail: "The answer could not be written."), to: exchange)
    }
    send(response, to: exchange, mayKeepAlive: !isEarly)
  }

  private func send(_ response: HTTPResponse, to exchange: HTTPExchange, mayKeepAlive: Bool = true) {
    self.exchange?.status = response.status
    self.exchange?.routeLabel = response.routeLabel
    let lives = exchange.head.isKeepAlive && !server.isDraining && requestCount < limits.requestsPerConnection
    let answer = HTTPAnswer(
      response, to: exchange.head, mayKeepAlive: mayKeepAlive && lives, inlineLimit: Self.inlineBytes)
    answer.unused?.close()
    write(answer, minorVersion: exchange.head.minorVersion)
    guard let stream = answer.stream else { return finishExchange(closes: answer.closes) }
    phase = .streaming
    watchReader()
    let pump = HTTPStreamPump(
      stream, isChunked: answer.length == .chunked, tcp: tcp, highWater: limits.streamBytes
    ) { end in
      self.streamEnded(end, closes: answer.closes)
    }
    self.pump = pump
    if !tcp.isOpen { return pump.cancel() }
    pump.start()
    if hasPeerEnded { watchHalfClosed() }
  }

  private func write(_ answer: HTTPAnswer, minorVersion: Int) {
    tcp.write(
      server.encoder.encode(
        answer.response, length: answer.length, closes: answer.closes, minorVersion: minorVersion, body: answer.bytes))
  }

  private func streamEnded(_ end: HTTPStreamPump.End, closes: Bool) {
    pump = nil
    if end == .complete { return finishExchange(closes: closes) }
    // The head promised more: only an abrupt end tells the client that this is not all.
    cut("HTTP_STREAM_FAILED")
  }

  private func finishExchange(closes: Bool) {
    report()
    if closes { return closeGracefully() }
    if tcp.outboundBytes > Self.inlineBytes {
      phase = .flushing(thenClose: false)
      watchReader()
    } else {
      nextRequest()
    }
  }

  func report() {
    guard let exchange else { return }
    self.exchange = nil
    server.observer.requestFinished?(
      HTTPObserver.label(exchange.head.method), exchange.routeLabel ?? "none", exchange.status,
      MonotonicClock.now - exchange.startedAt)
  }

  private func nextRequest() {
    if !tcp.isOpen { return }
    if parser.isBetweenRequests {
      phase = .idle
      if hasPeerEnded || server.isDraining { return closeGracefully() }
      deadline?.set(server.idleTime)
    } else {
      phase = .readingHead
      deadline?.set(limits.headTime)
      advance()
    }
    let isReading = phase == .idle || phase == .readingHead || phase == .readingBody
    if isReadingPaused && tcp.isOpen && (isReading || parser.bufferedBytes <= limits.pipelinedBytes) {
      isReadingPaused = false
      tcp.resumeReading()
    }
  }

  // MARK: Ending

  private func refuse(_ refusal: HTTPRefusal) {
    server.observer.rejected?(refusal.code, tcp.remote)
    body.release(in: server)
    endExchange(refused: refusal.status)
    let response = HTTPResponse.problem(refusal.status, code: refusal.code, detail: refusal.detail)
    let isHead = head?.method == "HEAD"
    let bytes: [UInt8] = if case .bytes(let bytes) = response.body { bytes } else { [] }
    tcp.write(
      server.encoder.encode(
        response, length: .bytes(bytes.count), closes: true, minorVersion: 1, body: isHead ? [] : bytes))
    sayGoodbye()
  }

  private func closeGracefully() {
    incoming?.cut()
    incoming = nil
    phase = .flushing(thenClose: true)
    if tcp.outboundBytes == 0 { return sayGoodbye() }
    watchReader()
  }

  private func sayGoodbye() {
    phase = .closing
    deadline?.clear()
    let limit = server.isDraining ? min(limits.closeTime, .seconds(1)) : limits.closeTime
    tcp.closeAfterFlush("done", limit: limit)
  }

  private func peerEnded() {
    if hasPeerEnded { return }
    hasPeerEnded = true
    switch phase {
    case .idle, .readingHead, .readingBody: closeGracefully()
    case .handling, .streaming: watchHalfClosed()
    case .flushing, .closing: break
    }
  }

  /// The client has finished sending. It may wait for its answer (RFC 9112 §9.6), or be gone: nothing tells the
  /// two apart before a write fails. So the work goes on for a moment and is cancelled then. A body of known
  /// length is sent on: its writes find out.
  func watchHalfClosed() {
    let number = requestCount
    server.loop.schedule(after: limits.halfCloseGrace) { [weak self] in
      guard let self, requestCount == number, exchange != nil else { return }
      if phase == .handling { exchange?.task?.cancel() }
      if phase == .streaming, pump?.isEndless == true { cut("HTTP_CLIENT_GONE") }
    }
  }

  private func drained() {
    reader.caughtUp()
    switch phase {
    case .streaming: pump?.drained()
    case .flushing(let thenClose): thenClose ? sayGoodbye() : nextRequest()
    default: break
    }
  }

  private func watchReader() {
    reader.start(sent: tcp.sentBytes)
    deadline?.set(limits.writeTime)
  }

  private func lookAtReader() {
    if reader.isTooSlow(sent: tcp.sentBytes, waiting: tcp.outboundBytes) { return cut("HTTP_SLOW_READER") }
    watchReader()
  }

  private func deadlinePassed() {
    switch phase {
    case .idle:
      tcp.close(.closedHere("idle"))
    case .readingHead:
      refuse(.headTimeout)
    case .readingBody:
      refuse(.bodyTimeout)
    case .handling:
      handlerTimedOut()
    case .streaming, .flushing:
      lookAtReader()
    case .closing:
      break
    }
  }

  private func handlerTimedOut() {
    guard let exchange else { return }
    server.observer.rejected?("HTTP_HANDLER_TIMEOUT", tcp.remote)
    exchange.task?.cancel()
    body.release(in: server)
    // The handler may still run: a next request on this connection would run beside it.
    send(
      .problem(503, code: "HTTP_HANDLER_TIMEOUT", detail: "The request took too long."), to: exchange,
      mayKeepAlive: false)
  }

  private func closed() {
    phase = .closing
    deadline?.cancel()
    deadline = nil
    exchange?.task?.cancel()
    endExchange(refused: 499)
    pump?.cancel()
    pump = nil
    body.release(in: server)
    parser = HTTPParser(limits: server.limits)
    server.closed(self)
  }
}
