import Transport

/// One connection from libcurl: reads a head, demands the credentials, dials, and hands over to a tunnel or to one
/// forwarded exchange.
///
/// `@unchecked Sendable`: used on the guard's loop only.
final class ProxyConnection: @unchecked Sendable {
  private let client: TCPConnection
  private let owner: EgressGuard
  private var head: [UInt8] = []
  private var timer: LoopTimer?
  /// Owned here: awaited by nobody, cancelled when the client leaves, bounded by the connect limit.
  private var dialling: Task<Void, Never>?
  private var isOver = false
  private var upstream: TCPConnection?

  init(_ client: TCPConnection, owner: EgressGuard) {
    self.client = client
    self.owner = owner
  }

  func start() {
    client.onBytes = { [weak self] bytes in self?.received(bytes) }
    client.onClose = { [weak self] _ in self?.clientClosed() }
    timer = owner.loop.schedule(after: owner.limits.head) { [weak self] in self?.cut("no head in time") }
    client.resumeReading()
  }

  func cut(_ why: String) {
    upstream?.close(.closedHere(why))
    client.close(.closedHere(why))
  }

  /// The end of everything, whichever side began it: called when the client's socket is closed.
  private func clientClosed() {
    isOver = true
    stopTimer()
    dialling?.cancel()
    upstream?.close(.closedHere("the client left"))
    owner.finished(self)
  }

  private func stopTimer() {
    if let timer { owner.loop.cancel(timer) }
    timer = nil
  }

  // MARK: Head

  private func received(_ bytes: UnsafeRawBufferPointer) {
    let searchFrom = head.count
    head.append(contentsOf: bytes)
    guard let end = HeadLines.end(in: head, from: searchFrom) else {
      if head.count > owner.limits.headBytes { answer("431 Request Header Fields Too Large", note: nil) }
      return
    }
    client.pauseReading()
    client.onBytes = nil
    stopTimer()
    if end > owner.limits.headBytes { return answer("431 Request Header Fields Too Large", note: nil) }
    let rest = Array(head[end...])
    let lines = HeadLines(Array(head[..<end]))
    // First the credentials: a stranger learns nothing else, not even whether the request was well formed.
    guard owner.isAuthorized(lines?.values("proxy-authorization").first) else {
      owner.observer.stranger()
      return answer(
        "407 Proxy Authentication Required", note: nil, extra: "Proxy-Authenticate: Basic realm=\"egress\"\r\n")
    }
    guard let request = ProxyRequest(Array(head[..<end])) else {
      return answer("400 Bad Request", note: .denied(.malformed))
    }
    head = []
    dial(request, rest)
  }

  private func dial(_ request: ProxyRequest, _ rest: [UInt8]) {
    let (host, port, isTLS) =
      switch request.target {
      case .connect(let host, let port): (host, port, true)
      case .forward(let url): (url.host, url.port, false)
      }
    // The look-up cannot be interrupted; the client is answered in time all the same.
    timer = owner.loop.schedule(after: owner.limits.connect + .milliseconds(250)) { [weak self] in
      self?.dialling?.cancel()
      self?.finishDialling(request, rest, .failed(.connectTimeout))
    }
    let dialler = owner.dialler
    let limit = owner.limits.connect
    dialling = owner.loop.spawn { [weak self] in
      let outcome = await dialler.dial(host: host, port: port, isTLS: isTLS, within: limit)
      if let self { self.finishDialling(request, rest, outcome) } else { Self.discard(outcome) }
    }
  }

  private static func discard(_ outcome: EgressDialler.Outcome) {
    if case .connected(let connection, _) = outcome { connection.close(.closedHere("nobody waits for it")) }
  }

  private func finishDialling(_ request: ProxyRequest, _ rest: [UInt8], _ outcome: EgressDialler.Outcome) {
    owner.loop.assertCurrent()
    guard !isOver, timer != nil else { return Self.discard(outcome) }
    stopTimer()
    let target =
      switch request.target {
      case .connect(let host, let port): "\(host):\(port)"
      case .forward(let url): url.authority
      }
    switch outcome {
    case .failed(let note):
      if case .denied(let why) = note { owner.observer.denied(target, why) }
      answer(Self.status(of: note), note: note)
    case .connected(let connection, let address):
      owner.observer.dialled(target, address.host)
      upstream = connection
      switch request.target {
      case .connect: openTunnel(connection, address, rest)
      case .forward(let url): forward(request, url, connection, address, rest)
      }
    }
  }

  private static func status(of note: EgressNote) -> String {
    switch note {
    case .denied: "403 Forbidden"
    case .connectTimeout: "504 Gateway Timeout"
    case .overloaded: "503 Service Unavailable"
    default: "502 Bad Gateway"
    }
  }

  /// Answers in the guard's own name and closes.
  private func answer(_ status: String, note: EgressNote?, extra: String = "") {
    client.pauseReading()
    client.onBytes = nil
    stopTimer()
    var text = "HTTP/1.1 \(status)\r\n\(extra)"
    if let note { text += "\(owner.noteHeader): \(note.text)\r\n" }
    text += "Content-Length: 0\r\nConnection: close\r\n\r\n"
    client.write(Array(text.utf8))
    // What the client still sends is read and dropped, so that it sees the answer and not a reset.
    client.onBytes = { _ in }
    client.resumeReading()
    client.closeAfterFlush(status, limit: .seconds(2))
  }

  // MARK: Hand-over

  private func openTunnel(_ upstream: TCPConnection, _ address: SocketAddress, _ rest: [UInt8]) {
    let number = owner.nextTunnel()
    client.write(
      Array("HTTP/1.1 200 OK\r\n\(owner.noteHeader): \(EgressNote.tunnel(address.host, number).text)\r\n\r\n".utf8))
    let relay = Relay(client: client, upstream: upstream, limits: owner.limits, answerBytes: owner.rules.answerBytes)
    relay.mayPass = { [owner] in !owner.isUnwanted(number) }
    relay.onClientClosed = { [weak self, owner] in
      owner.forget(tunnel: number)
      self?.clientClosed()
    }
    relay.start(rest)
  }

  private func forward(
    _ request: ProxyRequest, _ url: OutboundURL, _ upstream: TCPConnection, _ address: SocketAddress, _ rest: [UInt8]
  ) {
    let exchange = ForwardedExchange(
      client: client, upstream: upstream, request: request, limits: owner.limits, answerBytes: owner.rules.answerBytes,
      note: (owner.noteHeader, address.host))
    exchange.onClientClosed = { [weak self] in self?.clientClosed() }
    exchange.start(url, rest)
  }
}
