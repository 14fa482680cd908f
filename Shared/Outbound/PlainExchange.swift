import Transport

/// One plain http request and its answer on a connection of its own, which the egress guard dials: no proxy between,
/// and nothing but this reads the answer. Nothing is ever sent twice.
///
/// `@unchecked Sendable`: everything mutable is used on the guard's loop only.
final class PlainExchange: @unchecked Sendable {
  typealias Outcome = Result<OutboundResponse, OutboundFailure>

  private let request: OutboundRequest
  private let url: OutboundURL
  private let head: [UInt8]
  private let owner: EgressGuard
  private let started = MonotonicClock.now
  private let finish: @Sendable (Outcome) -> Void

  // Loop thread only.
  private var answer: PlainAnswer
  private var connection: TCPConnection?
  private var address: String?
  /// Owned here: bounded by the connect limit, cancelled when the exchange is over.
  private var dialling: Task<Void, Never>?
  private var timers: [LoopTimer] = []
  private var isOver = false

  /// `fields` are the request's headers as they are to be sent. `finish` is called once, on the guard's loop.
  init(
    _ request: OutboundRequest, url: OutboundURL, fields: [String: String], owner: EgressGuard,
    finish: @escaping @Sendable (Outcome) -> Void
  ) {
    self.request = request
    self.url = url
    self.owner = owner
    self.finish = finish
    answer = PlainAnswer(isHead: request.method == "HEAD", limit: request.limits.responseBytes)
    let host = url.port == 80 ? String(url.authority.dropLast(3)) : url.authority
    var text = "\(request.method) \(url.target) HTTP/1.1\r\nHost: \(host)\r\n"
    for (name, value) in fields.sorted(by: { $0.key < $1.key }) { text += "\(name): \(value)\r\n" }
    if request.hasBody || request.method == "POST" || request.method == "PUT" || request.method == "PATCH" {
      text += "Content-Length: \(request.body.count)\r\n"
    }
    text += "Connection: close\r\n\r\n"
    head = Array(text.utf8)
  }

  /// From any thread.
  func start() {
    owner.loop.execute { self.begin() }
  }

  /// From any thread.
  func cancel() {
    owner.loop.execute { self.fail(.cancelled, "the waiting task was cancelled, or the client closed") }
  }

  private func begin() {
    if isOver { return }
    limit(request.limits.head) { [weak self] in
      if self?.answer.status == nil { self?.fail(.timeout, "no complete answer in time") }
    }
    if let whole = request.limits.whole {
      limit(whole) { [weak self] in self?.fail(.timeout, "no complete answer in time") }
    }
    let connect = min(request.limits.connect, owner.limits.connect)
    // The look-up cannot be interrupted; the caller is answered in time all the same.
    limit(connect + .milliseconds(250)) { [weak self] in
      if self?.connection == nil { self?.end(.connectTimeout) }
    }
    let (dialler, host, port) = (owner.dialler, url.host, url.port)
    dialling = owner.loop.spawn { [weak self] in
      let outcome = await dialler.dial(host: host, port: port, isTLS: false, within: connect)
      if let self, !self.isOver {
        self.dialled(outcome)
      } else if case .connected(let connection, _) = outcome {
        connection.close(.closedHere("nobody waits for it"))
      }
    }
  }

  private func limit(_ duration: Duration, _ body: @escaping @Sendable () -> Void) {
    timers.append(owner.loop.schedule(after: duration, body))
  }

  private func dialled(_ outcome: EgressDialler.Outcome) {
    switch outcome {
    case .failed(let note):
      if case .denied(let why) = note { owner.observer.denied(url.authority, why) }
      end(note)
    case .connected(let connection, let address):
      owner.observer.dialled(url.authority, address.host)
      self.connection = connection
      self.address = address.host
      connection.onBytes = { [weak self] in self?.received($0) }
      connection.onEnd = { [weak self] in self?.ended() }
      connection.onClose = { [weak self] _ in self?.broken() }
      connection.write(head + request.body)
      connection.resumeReading()
    }
  }

  private func received(_ bytes: UnsafeRawBufferPointer) {
    if isOver { return }
    switch answer.take(bytes) {
    case .more: break
    case .done: succeed()
    case .malformed: broken()
    }
  }

  private func ended() {
    if isOver { return }
    if answer.end() { succeed() } else { broken() }
  }

  private func broken() { if !isOver { end(.broken(address ?? "")) } }

  private func succeed() {
    over(
      .success(
        OutboundResponse(
          status: answer.status ?? 0, headers: answer.headers, body: answer.body, isTruncated: answer.isTruncated,
          dialledAddress: address, milliseconds: Int((MonotonicClock.now - started) / 1_000_000))))
  }

  private func end(_ note: EgressNote) {
    over(.failure(note.failure ?? OutboundFailure(.closedBeforeAnswer, neverLeft: false, "the exchange broke off")))
  }

  private func fail(_ kind: OutboundFailure.Kind, _ message: String) {
    over(.failure(OutboundFailure(kind, neverLeft: connection == nil, message, dialledAddress: address)))
  }

  private func over(_ outcome: Outcome) {
    if isOver { return }
    isOver = true
    for timer in timers { owner.loop.cancel(timer) }
    timers = []
    dialling?.cancel()
    connection?.close(.closedHere("the exchange is over"))
    finish(outcome)
  }
}
