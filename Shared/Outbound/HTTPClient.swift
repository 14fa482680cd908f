import FoundationNetworking
import Transport

/// Sends HTTP requests over URLSession: no redirects, no cookies, no cache, every wait and buffer bounded, and, where
/// a request must not repeat, at most one complete copy on the other side.
package final class HTTPClient: Sendable {
  private let configuration: HTTPClientConfiguration
  private let link: GuardLink?
  private let observer: HTTPClientObserver
  private let admission: AdmissionQueue
  private let lanes: LanePool
  private let exchanges = PlainExchanges()
  private let ticker: LimitTicker

  /// With a guard, the process's proxy variables must have been set from its reservation before the first thread.
  package convenience init(
    _ configuration: HTTPClientConfiguration, guard egressGuard: EgressGuard? = nil,
    observer: HTTPClientObserver = HTTPClientObserver()
  ) {
    self.init(configuration, link: egressGuard.map { GuardLink($0) }, observer: observer)
  }

  /// Behind the guard of another process: `pass.prepareEnvironment` must have run before the first thread, that process
  /// has checked the URLs, and every request must be one that may repeat.
  package convenience init(
    _ configuration: HTTPClientConfiguration, behind pass: EgressPass,
    observer: HTTPClientObserver = HTTPClientObserver()
  ) {
    self.init(configuration, link: GuardLink(pass), observer: observer)
  }

  private init(_ configuration: HTTPClientConfiguration, link: GuardLink?, observer: HTTPClientObserver) {
    self.configuration = configuration
    self.link = link
    self.observer = observer
    admission = AdmissionQueue(
      perHost: configuration.perHostConcurrency, total: configuration.totalConcurrency,
      queueLimit: configuration.queueLimit)
    lanes = LanePool(limit: configuration.totalConcurrency)
    ticker = LimitTicker { [admission, lanes] in
      let now = MonotonicClock.now
      admission.expire(now: now)
      for item in lanes.active where !item.transfer.check(now: now) { item.lane.abandon(item.transfer) }
      lanes.trim(now: now, age: .seconds(60))
    } pace: { [admission, lanes] in
      // In this order: a lane is idle before its slot is free.
      if admission.activeCount > 0 || admission.waitingCount > 0 { return .fast }
      return lanes.isIdleEmpty ? .stopped : .slow
    }
  }

  /// Sends and collects the answer, whatever its status; a 3xx is an answer like any other.
  package func send(_ request: OutboundRequest) async throws(OutboundFailure) -> OutboundResponse {
    let (url, prepared) = try prepare(request)
    // A safe or repeatable request gets one more try where libcurl was kept from repeating it.
    for attempt in 0..<2 {
      let (outcome, isRepeatRefused) = await attemptOnce(request, url, prepared)
      if isRepeatRefused, attempt == 0, request.mayRepeat || request.isSafe, !Task.isCancelled { continue }
      return try outcome.get()
    }
    throw OutboundFailure(.closedBeforeAnswer, neverLeft: false, "the connection closed before an answer, twice")
  }

  /// Sends and returns at the answer's head; the body follows as it arrives. `limits.responseBytes` does not apply:
  /// the reader counts. Dropping the chunks cancels the transfer.
  package func stream(
    _ request: OutboundRequest
  ) async throws(OutboundFailure) -> (head: OutboundResponse, chunks: OutboundChunks) {
    let (url, prepared) = try prepare(request)
    let sink = ChunkSink(limit: configuration.streamBufferBytes)
    let (outcome, _) = await attemptOnce(request, url, prepared, sink: sink)
    return (try outcome.get(), sink.stream)
  }

  /// Sends and gives the body of a 2xx answer to `write`, piece by piece in order, on a thread of the transfer's own that
  /// waits for it: the other side sends no faster than is written, and nothing collects here. False from `write` ends
  /// the transfer as `.cancelled`. The body of any other answer is collected as `send` does.
  package func download(
    _ request: OutboundRequest, write: @escaping @Sendable ([UInt8]) -> Bool
  ) async throws(OutboundFailure) -> OutboundResponse {
    let (url, prepared) = try prepare(request)
    return try await attemptOnce(request, url, prepared, writer: write).0.get()
  }

  /// Cancels what runs, sends away what waits, drops all connections. Nothing can be sent afterwards.
  package func close() {
    admission.close()
    lanes.close()
    exchanges.close()
  }

  /// Sends that wait for a slot now, and transfers that run now.
  package var load: (waiting: Int, active: Int) { (admission.waitingCount, admission.activeCount) }

  // MARK: One attempt

  private func prepare(_ request: OutboundRequest) throws(OutboundFailure) -> (OutboundURL, URLRequest) {
    let url = try OutboundURL(request.url)
    if configuration.target == .customer, let link { try link.check(url) }
    return (url, try RequestCheck.make(request, url, configuration))
  }

  private func attemptOnce(
    _ request: OutboundRequest, _ url: OutboundURL, _ prepared: URLRequest, sink: ChunkSink? = nil,
    writer: (@Sendable ([UInt8]) -> Bool)? = nil
  ) async -> (Transfer.Outcome, isRepeatRefused: Bool) {
    let host = url.authority
    let wait = request.limits.whole ?? request.limits.head
    ticker.hurry()
    switch await admission.acquire(host, deadline: MonotonicClock.now + wait.nanoseconds) {
    case .granted:
      // The ticker may have found nothing to do just before the slot was taken.
      ticker.hurry()
    case .full:
      return (.failure(OutboundFailure(.overloaded, neverLeft: true, "too many sends wait already")), false)
    case .expired:
      return (.failure(OutboundFailure(.overloaded, neverLeft: true, "no slot came free in time")), false)
    case .cancelled:
      return (.failure(OutboundFailure(.cancelled, neverLeft: true, "cancelled while waiting for a slot")), false)
    }
    let isGuarded = link?.covers(url) ?? false
    if let own = link?.own, isGuarded, !url.isTLS, sink == nil, writer == nil, request.bodyFile == nil {
      return (await exchange(request, url, prepared, host, own), false)
    }
    let transfer = Transfer(request, url: url, behind: isGuarded ? link : nil, sink: sink, writer: writer)
    let isFresh = needsFreshConnection(request)
    guard let lane = lanes.take(host, for: transfer, isFresh: isFresh) else {
      admission.release(host)
      return (.failure(OutboundFailure(.cancelled, neverLeft: true, "the client is closed")), false)
    }
    sink?.onTermination { [weak transfer] in transfer?.fail(.cancelled, "the stream's reader left") }
    let outcome = await lane.run(transfer, prepared, file: request.bodyFile) { [admission, lanes] in
      lanes.put(lane, host: host, isFresh: isFresh)
      admission.release(host)
    }
    let isRepeatRefused = transfer.isRepeatRefused
    if isRepeatRefused { observer.repeatRefused(host) }
    observer.finished(
      host, outcome.map(\.status), Int((MonotonicClock.now - transfer.started) / 1_000_000))
    return (outcome, isRepeatRefused)
  }

  /// Plain http behind the guard needs neither libcurl nor a proxy: the guard dials, and what comes back is read here.
  /// A third of the processor time, and no answer stops the process (see `TransferLane`).
  private func exchange(
    _ request: OutboundRequest, _ url: OutboundURL, _ prepared: URLRequest, _ host: String, _ egressGuard: EgressGuard
  ) async -> Transfer.Outcome {
    let began = MonotonicClock.now
    let outcome = await exchanges.run(
      request, url: url, fields: prepared.allHTTPHeaderFields ?? [:], owner: egressGuard)
    admission.release(host)
    observer.finished(host, outcome.map(\.status), Int((MonotonicClock.now - began) / 1_000_000))
    return outcome
  }

  /// libcurl repeats a request by itself when a reused connection dies before an answer. It has to ask for the body
  /// again first, and is refused: over plain TCP, where connecting and writing are one breath, a second head may still
  /// arrive, without the body it announces, and no server acts on that. Where there is no body to ask for, only a
  /// connection that was never used is safe.
  private func needsFreshConnection(_ request: OutboundRequest) -> Bool {
    !request.mayRepeat && !request.isSafe && !request.hasBody
  }
}
