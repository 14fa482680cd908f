import Transport

/// One plain-http request forwarded in origin-form, and its answer, on two connections that close afterwards.
///
/// The answer is read and written anew, so that URLSession only ever sees a sound one: FoundationNetworking 6.3 stops
/// the process on a head that is cut off and on trailers (swift-corelibs-foundation issue 5285).
/// Kept alive by the callbacks of its two connections, which end when the connections do. Loop only.
final class ForwardedExchange {
  private let client: TCPConnection
  private let upstream: TCPConnection
  private let request: ProxyRequest
  private let limits: EgressLimits
  private let answerBytes: Int
  private let note: (header: String, address: String)
  private var upload: BodyCarrier
  private var answer: AnswerReader
  private var received = 0
  private var isAnswerDone = false
  private var lastActivity = MonotonicClock.now
  private var timer: LoopTimer?
  var onClientClosed: () -> Void = {}

  init(
    client: TCPConnection, upstream: TCPConnection, request: ProxyRequest, limits: EgressLimits, answerBytes: Int,
    note: (header: String, address: String)
  ) {
    self.client = client
    self.upstream = upstream
    self.request = request
    self.limits = limits
    self.answerBytes = answerBytes
    self.note = note
    answer = AnswerReader(isHead: request.method == "HEAD")
    upload =
      switch request.body {
      case .none: BodyCarrier(.length(0))
      case .length(let length): BodyCarrier(.length(length))
      case .chunked: BodyCarrier(.chunked)
      }
  }

  func start(_ url: OutboundURL, _ rest: [UInt8]) {
    upstream.write(request.originHead(url))
    upstream.onBytes = { self.answered($0) }
    upstream.onEnd = { self.answerEnded() }
    upstream.onClose = { _ in self.answerCutOff() }
    upstream.onDrained = { if !self.upload.isDone { self.client.resumeReading() } }
    client.onBytes = { self.uploaded($0) }
    client.onDrained = { if !self.isAnswerDone { self.upstream.resumeReading() } }
    // A client that is done writing may still wait for its answer.
    client.onEnd = { if !self.upload.isDone { self.upstream.close(.closedHere("the client stopped in its body")) } }
    client.onClose = { _ in
      self.stop()
      self.onClientClosed()
    }
    upstream.resumeReading()
    // Reading goes on behind the body too, only to notice that the client left.
    client.resumeReading()
    rest.withUnsafeBytes { if !$0.isEmpty { uploaded($0) } }
    watchIdle()
  }

  private func uploaded(_ bytes: UnsafeRawBufferPointer) {
    lastActivity = MonotonicClock.now
    // Bytes behind the body would be a second request: never read as one.
    if upload.isDone { return }
    var out: [UInt8] = []
    guard upload.take(bytes, into: &out) else { return cut("the request's body is malformed") }
    upstream.write(out)
    if upstream.outboundBytes > limits.buffered { client.pauseReading() }
  }

  private func answered(_ bytes: UnsafeRawBufferPointer) {
    if isAnswerDone { return }
    lastActivity = MonotonicClock.now
    received += bytes.count
    if answerBytes > 0, received > answerBytes { return cut("the answer is longer than the guard allows") }
    var out: [UInt8] = []
    let progress = answer.take(bytes, note: "\(note.header): \(EgressNote.answered(note.address).text)", into: &out)
    client.write(out)
    if client.outboundBytes > limits.buffered { upstream.pauseReading() }
    switch progress {
    case .more: break
    case .done: finish()
    case .malformed: broken()
    }
  }

  /// The target said that it has sent everything.
  private func answerEnded() {
    if isAnswerDone { return }
    var out: [UInt8] = []
    if answer.end(into: &out) {
      client.write(out)
      finish()
    } else {
      broken()
    }
  }

  private func answerCutOff() { if !isAnswerDone { broken() } }

  private func finish() {
    isAnswerDone = true
    client.closeAfterFlush("one request per connection")
    upstream.close(.closedHere("answered"))
  }

  /// Before the answer's head this can be said; behind it, only an early end tells.
  private func broken() {
    isAnswerDone = true
    if !answer.hasSentHead {
      let text =
        "HTTP/1.1 502 Bad Gateway\r\n\(note.header): \(EgressNote.broken(note.address).text)\r\n"
        + "Content-Length: 0\r\nConnection: close\r\n\r\n"
      client.write(Array(text.utf8))
    }
    client.closeAfterFlush("the answer is unsound", limit: .seconds(2))
    upstream.close(.closedHere("the answer is unsound"))
  }

  private func cut(_ why: String) {
    isAnswerDone = true
    upstream.close(.closedHere(why))
    client.close(.closedHere(why))
  }

  private func watchIdle() {
    let left = limits.idle.nanoseconds - (MonotonicClock.now - lastActivity)
    if left <= 0 { return cut("idle") }
    timer = client.loop.schedule(after: .nanoseconds(left)) { self.watchIdle() }
  }

  private func stop() {
    if let timer { client.loop.cancel(timer) }
    timer = nil
  }
}
