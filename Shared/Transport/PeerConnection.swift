import Telemetry
import Wire

/// One proven connection at the calling end: requests out, responses to whoever waits. Loop thread only.
final class PeerConnection {
  /// Calls in flight that count against the other side's cap, forgotten ones included.
  var openCalls: Int { open.count }
  /// No new calls: the other side has said goodbye.
  private(set) var isDraining = false
  var onGoaway: (() -> Void)?
  var onClose: ((RPCCloseReason) -> Void)?

  private let link: RPCLink
  private let agreement: HandshakeStep.Agreement
  private let limits: RPCLimits
  private let metrics: PeerMetrics
  private let deadlines: RPCDeadlines
  private var open: [Int64: Open] = [:]
  private var lastID: Int64 = 0

  /// How long the other side may leave a forgotten call unanswered before it counts as broken.
  private static let longestSilence: Int64 = 30_000_000_000

  private struct Open {
    /// Nil once the caller has stopped waiting; the answer is dropped when it comes.
    var call: PeerPendingCall?
    var deadline: Int64
  }

  init(_ link: RPCLink, _ agreement: HandshakeStep.Agreement, limits: RPCLimits, metrics: PeerMetrics) {
    self.link = link
    self.agreement = agreement
    self.limits = limits
    self.metrics = metrics
    deadlines = RPCDeadlines(loop: link.loop)
    deadlines.look = { [unowned self] now in expire(now) }
    link.onFrame = { [self] body in received(body) }
    link.onClose = { [self] reason in closed(reason) }
    link.authenticated()
  }

  var isUsable: Bool { link.isOpen && !isDraining }

  /// Sends a call, or fails it at once when the connection has no room for it.
  func start(_ call: PeerPendingCall) {
    if call.isCancelled { return call.finish(.failure(.cancelled("the caller called it off", started: false))) }
    let left = call.deadline - MonotonicClock.now
    if left <= 0 { return call.finish(.failure(.deadlineExceeded("no time left to send it", started: false))) }
    if open.count >= agreement.inFlight {
      var failure = CallFailure.resourceExhausted(
        "IN_FLIGHT_LIMIT", "\(open.count) calls to \(agreement.peer) are in flight")
      failure.started = false
      return call.finish(.failure(failure))
    }
    lastID += 1
    let frame = Frame.request(
      id: lastID, method: call.method, timeoutMilliseconds: max(1, left / 1_000_000), key: call.key,
      trace: call.trace, account: call.account, actor: call.actor, params: call.params)
    if frame.count - Frame.headerBytes > agreement.frameBytes {
      lastID -= 1
      var failure = CallFailure.invalidArgument(
        "REQUEST_TOO_LARGE", "the request has \(frame.count) bytes, \(agreement.peer) takes \(agreement.frameBytes)")
      failure.started = false
      return call.finish(.failure(failure))
    }
    call.id = lastID
    call.connection = self
    open[lastID] = Open(call: call, deadline: call.deadline)
    deadlines.add(call.deadline)
    link.send(frame)
  }

  /// Stops waiting for a call and tells the other side.
  func forget(_ call: PeerPendingCall) {
    guard open[call.id]?.call === call else { return }
    let silenceEnds = MonotonicClock.now + Self.longestSilence
    open[call.id] = Open(call: nil, deadline: silenceEnds)
    deadlines.add(silenceEnds)
    call.connection = nil
    link.send(Frame.cancel(id: call.id))
  }

  /// Ends the connection from this side.
  func close(_ why: String) {
    link.end(.closedHere(why), telling: Goaway(reason: "CALLER_LEAVES", message: why), linger: .milliseconds(500))
  }

  private func received(_ body: [UInt8]) {
    do throws(FrameFailure) {
      switch try Envelope(body, limit: limits.frameBytes) {
      case .response(let response):
        try answered(response)
      case .ping(let id):
        if link.admitControl() { link.send(Frame.pong(id: id)) }
      case .pong:
        _ = link.admitControl()
      case .goaway(let goaway):
        isDraining = true
        link.note(.goaway(goaway))
        onGoaway?()
        closeIfDrained()
      case let envelope:
        throw .unexpected("\(envelope.kind) from a service")
      }
    } catch {
      link.fail(error)
    }
  }

  private func answered(_ response: ResponseEnvelope) throws(FrameFailure) {
    guard let entry = open.removeValue(forKey: response.id) else {
      throw .unexpected("response to request \(response.id), which is not open")
    }
    defer { closeIfDrained() }
    guard let call = entry.call else { return metrics.lateResponses.increment() }
    call.connection = nil
    call.finish(response.outcome)
  }

  private func closeIfDrained() {
    if isDraining && open.isEmpty { close("drained") }
  }

  private func expire(_ now: Int64) -> Int64? {
    var next: Int64?
    for (id, entry) in open {
      if entry.deadline > now {
        next = min(next ?? .max, entry.deadline)
      } else if let call = entry.call {
        forget(call)
        next = min(next ?? .max, now + Self.longestSilence)
        call.finish(.failure(.deadlineExceeded("\(agreement.peer) did not answer \(call.method) in time")))
      } else {
        link.fail(.unexpected("silence: request \(id) was never answered"))
        return nil
      }
    }
    return next
  }

  /// Every waiting caller hears the true reason.
  private func closed(_ reason: RPCCloseReason) {
    deadlines.stop()
    let waiting = open.values.compactMap(\.call)
    open.removeAll()
    isDraining = true
    onGoaway = nil
    let callback = onClose
    onClose = nil
    callback?(reason)
    for call in waiting {
      call.connection = nil
      call.finish(
        .failure(.unavailable("CONNECTION_LOST", "lost the connection to \(agreement.peer): \(reason)")))
    }
  }
}
