import Telemetry
import Wire

/// One connection at the serving end: the handshake first, then requests in and responses out.
///
/// `@unchecked Sendable`: every member is used on the loop's thread only. Handlers run as tasks on the loop, so what
/// they touch here when they end they touch on that thread; `finished` asserts it.
final class RPCServerConnection: @unchecked Sendable {
  /// Set once the peer has proven who it is.
  private(set) var agreement: HandshakeStep.Agreement?

  private let server: RPCServerCore
  private let link: RPCLink
  private let deadlines: RPCDeadlines
  private var state: State
  private var handshakeTimer: LoopTimer?
  private var running: [Int64: Running] = [:]
  private var lastID: Int64 = 0
  private var isDraining = false

  private enum State {
    case handshake(HandshakeAcceptor)
    case serving(HandshakeStep.Agreement)
  }

  private struct Running {
    var task: Task<Void, Never>?
    let method: RPCMethodMetrics
    let begun: Int64
    let deadline: Int64
    /// The caller has its answer, or is gone; what the handler still brings is dropped.
    var isAnswered = false
  }

  init(_ connection: TCPConnection, server: RPCServerCore) {
    self.server = server
    link = RPCLink(
      connection, limits: server.limits, name: "\(server.service)<\(connection.remote)", mirror: server.mirror)
    deadlines = RPCDeadlines(loop: connection.loop)
    state = .handshake(
      HandshakeAcceptor(
        service: server.service, keys: server.keys, frameBytes: server.limits.frameBytes,
        inFlight: server.limits.inFlightPerConnection))
  }

  func start() {
    link.onFrame = { [self] body in received(body) }
    link.onClose = { [self] reason in closed(reason) }
    deadlines.look = { [unowned self] now in expire(now) }
    handshakeTimer = link.loop.schedule(after: server.limits.handshakeTime) { [weak self] in
      self?.handshakeTimer = nil
      self?.refuse(.handshakeTimeout, Goaway(reason: "HANDSHAKE_TIMEOUT", message: "the handshake took too long"))
    }
    link.start()
  }

  /// Closes at once, for example to make room.
  func close(_ reason: RPCCloseReason) { link.close(reason) }

  /// Requests in work whose callers still wait.
  var openCalls: Int { running.count { !$0.value.isAnswered } }

  /// Says that no new requests are taken and how long running ones have.
  func drain(within limit: Duration) {
    isDraining = true
    guard case .serving = state else { return link.close(.closedHere("stopping")) }
    link.send(
      Frame.goaway(
        Goaway(
          reason: Goaway.draining, message: "this service is stopping", withinMilliseconds: Int(limit.milliseconds))))
    closeIfDrained(grace: min(limit, .milliseconds(250)))
  }

  // MARK: Frames

  private func received(_ body: [UInt8]) {
    switch state {
    case .handshake(var acceptor):
      do throws(HandshakeFailure) {
        let step = try acceptor.received(body)
        state = .handshake(acceptor)
        perform(step)
      } catch {
        refuse(.handshake(error), error.goaway)
      }
    case .serving(let agreement):
      do throws(FrameFailure) {
        try serve(try Envelope(body, limit: server.limits.frameBytes), agreement)
      } catch {
        server.metrics.protocolErrors.increment()
        link.fail(error)
      }
    }
  }

  private func perform(_ step: HandshakeStep) {
    switch step {
    case .send(let frame):
      link.send(frame)
    case .established(let agreement, let frame):
      if let handshakeTimer { link.loop.cancel(handshakeTimer) }
      handshakeTimer = nil
      guard server.admit(self) else {
        return refuse(
          .closedHere("too many connections"),
          Goaway(reason: "TOO_MANY_CONNECTIONS", message: "\(server.limits.connections) are open already"))
      }
      link.send(frame)
      self.agreement = agreement
      server.proven(agreement)
      state = .serving(agreement)
      link.authenticated()
      if isDraining { drain(within: .zero) }
    }
  }

  private func refuse(_ reason: RPCCloseReason, _ goaway: Goaway) {
    server.handshakeFailed(reason, link.remote)
    link.end(reason, telling: goaway, linger: .milliseconds(200))
  }

  private func serve(_ envelope: Envelope, _ agreement: HandshakeStep.Agreement) throws(FrameFailure) {
    switch envelope {
    case .request(let request):
      guard request.id > lastID else { throw .unexpected("request id \(request.id) after \(lastID)") }
      lastID = request.id
      begin(request, agreement)
    case .cancel(let id):
      guard id <= lastID else { throw .unexpected("cancel of request \(id), which was never made") }
      if let task = running[id]?.task {
        task.cancel()
      } else {
        _ = link.admitControl()
      }
    case .ping(let id):
      if link.admitControl() { link.send(Frame.pong(id: id)) }
    case .pong:
      _ = link.admitControl()
    case .goaway(let goaway):
      // The caller leaves: nobody waits for answers.
      link.note(.goaway(goaway))
      link.close(.goaway(goaway))
    case .hello, .proof, .response:
      throw .unexpected("\(envelope.kind) from a caller")
    }
  }

  // MARK: Calls

  private func begin(_ request: RequestEnvelope, _ agreement: HandshakeStep.Agreement) {
    guard let method = server.router.methods[request.method] else {
      return link.send(Frame.failure(id: request.id, .unknown(request.method)))
    }
    let metrics = server.metrics.method(request.method)
    let now = MonotonicClock.now
    if let refusal = refusal(request, method, agreement) {
      metrics.answered(refusal.code, nanoseconds: 0)
      return link.send(Frame.failure(id: request.id, refusal))
    }
    let limit = min(request.timeoutMilliseconds * 1_000_000, server.longestCall)
    let deadline = Deadline(nanoseconds: now + limit)
    let context = CallContext(
      caller: agreement.peer, account: request.account, actor: request.actor, key: request.key, trace: request.trace,
      deadline: deadline)
    running[request.id] = Running(task: nil, method: metrics, begun: now, deadline: deadline.nanoseconds)
    deadlines.add(deadline.nanoseconds)
    server.handlers += 1
    // Owned by `running` until it ends; `server.handlers` counts it, and a drain waits for that.
    let task = link.loop.spawn { [self, id = request.id, params = request.params] in
      let outcome: RouterOutcome
      if let trace = context.trace {
        outcome = await TraceContext.$current.withValue(trace) { await method.perform(params, context, id) }
      } else {
        outcome = await method.perform(params, context, id)
      }
      finished(id, outcome, method, agreement)
    }
    running[request.id]?.task = task
  }

  /// Why a request is not begun, if so.
  private func refusal(
    _ request: RequestEnvelope, _ method: RouterMethod, _ agreement: HandshakeStep.Agreement
  ) -> CallFailure? {
    if isDraining {
      return .unavailable("DRAINING", "\(server.service) is stopping", started: false)
    }
    if running.count >= server.limits.inFlightPerConnection {
      var failure = CallFailure.resourceExhausted(
        "IN_FLIGHT_LIMIT", "\(running.count) requests of this connection are in work")
      failure.started = false
      return failure
    }
    if !method.admits(agreement.peer) {
      return .permissionDenied("CALLER_NOT_ALLOWED", "\(agreement.peer) may not call \(method.name)")
    }
    if request.account != nil || request.actor != nil, !server.actorMayBeSetBy.contains(agreement.peer) {
      return .permissionDenied("ACTOR_NOT_ALLOWED", "\(agreement.peer) may not act for an account")
    }
    if request.timeoutMilliseconds == 0 {
      return .deadlineExceeded("no time left on arrival", started: false)
    }
    return nil
  }

  private func finished(
    _ id: Int64, _ outcome: RouterOutcome, _ method: RouterMethod, _ agreement: HandshakeStep.Agreement
  ) {
    link.loop.assertCurrent()
    server.handlerEnded()
    guard let call = running.removeValue(forKey: id) else { return }
    defer { if isDraining { closeIfDrained(grace: .milliseconds(250)) } }
    if call.isAnswered { return server.metrics.lateReplies.increment() }
    let duration = MonotonicClock.now - call.begun
    switch outcome {
    case .reply(let writer):
      let frame = Frame.finish(writer)
      if frame.count - Frame.headerBytes > agreement.frameBytes {
        let failure = CallFailure(
          .resourceExhausted, "REPLY_TOO_LARGE",
          "the reply has \(frame.count) bytes, the caller takes \(agreement.frameBytes)", started: true)
        call.method.answered(failure.code, nanoseconds: duration)
        link.send(Frame.failure(id: id, failure))
      } else {
        call.method.answered(nil, nanoseconds: duration)
        link.send(frame)
      }
    case .failure(let failure, let cause):
      if let cause { server.handlerFailed(method.name, cause) }
      call.method.answered(failure.code, nanoseconds: duration)
      send(failure, id: id, agreement)
    }
  }

  private func send(_ failure: CallFailure, id: Int64, _ agreement: HandshakeStep.Agreement) {
    var frame = Frame.failure(id: id, failure)
    if frame.count - Frame.headerBytes > agreement.frameBytes {
      var short = failure
      short.details = nil
      short.message = String(failure.message.prefix(256))
      frame = Frame.failure(id: id, short)
    }
    link.send(frame)
  }

  /// Answers every call that is past its deadline and calls its handler off; its place stays taken until it ends.
  private func expire(_ now: Int64) -> Int64? {
    var next: Int64?
    for (id, call) in running where !call.isAnswered {
      if call.deadline > now {
        next = min(next ?? .max, call.deadline)
        continue
      }
      running[id]?.isAnswered = true
      call.task?.cancel()
      call.method.answered(.deadlineExceeded, nanoseconds: now - call.begun)
      link.send(Frame.failure(id: id, .deadlineExceeded("the handler did not end in time", started: true)))
    }
    return next
  }

  // MARK: The end

  private func closeIfDrained(grace: Duration) {
    if openCalls > 0 || !link.isOpen { return }
    // Requests may be on their way already: they get a proper refusal within the grace.
    link.loop.schedule(after: grace) { [weak self] in
      guard let self, openCalls == 0 else { return }
      link.end(.closedHere("drained"), telling: Goaway(reason: Goaway.draining, message: "drained"))
    }
  }

  private func closed(_ reason: RPCCloseReason) {
    if let handshakeTimer { link.loop.cancel(handshakeTimer) }
    handshakeTimer = nil
    deadlines.stop()
    for id in running.keys {
      running[id]?.isAnswered = true
      running[id]?.task?.cancel()
    }
    server.closed(self, reason)
  }
}
