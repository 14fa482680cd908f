import JSON
import Synchronization
package import Telemetry
package import Wire

/// Another service, as seen by those who call it: one connection (or a few), reconnecting by itself, with deadlines
/// and careful retries. Make one for each peer and keep it.
package final class Peer: Sendable {
  /// The service called.
  package let name: ServiceName
  private let loop: EventLoop
  private let connections: PeerConnections
  private let metrics: PeerMetrics
  private let budget: Mutex<PeerRetryBudget>

  /// A peer at `host` (a name or an address, resolved anew for every connection) and `port`. Nothing is dialled
  /// until the first call or `keepConnected`. `service` is who we are; `keys` must have a key for `peer`.
  package init(
    loop: EventLoop, service: ServiceName, peer: ServiceName, host: String, port: Int, keys: PairKeys,
    limits: RPCLimits = RPCLimits(), log: Log, metrics: Metrics, mirror: FrameMirror? = nil,
    keyUse: PairKeyUse? = nil
  ) {
    name = peer
    self.loop = loop
    self.metrics = PeerMetrics(peer, metrics)
    connections = PeerConnections(
      PeerTarget(
        service: service, peer: peer, host: host, port: port, keys: keys, limits: limits, log: log,
        metrics: self.metrics, mirror: mirror, keyUse: keyUse), loop: loop)
    budget = Mutex(PeerRetryBudget(now: MonotonicClock.now))
  }

  deinit { loop.execute { [connections] in _ = connections.close() } }

  /// Calls and waits for the reply, at most `timeout` (the call's own deadline unless given).
  ///
  /// `key` is the idempotency key; `account` and `actor` may only be set by the front door. The trace is the current
  /// task's unless given. Tries again only as PROTOCOL.md allows; a cancelled task gets `cancelled` at once.
  package func call<C: Call>(
    _ call: C, account: String? = nil, actor: String? = nil, key: String? = nil, timeout: Duration? = nil,
    trace: TraceContext? = TraceContext.current
  ) async throws(CallFailure) -> C.Reply {
    let params: [UInt8]
    do throws(JSONEncodingFailure) {
      params = try JSONCoder.encode(call)
    } catch {
      throw .internal("\(C.method) cannot be encoded: \(error)", reason: "CALL_UNSPEAKABLE")
    }
    return try await exchange(
      C.method, params, PeerRetryPolicy(mayRepeat: C.isIdempotent || key != nil), account: account, actor: actor,
      key: key, timeout: timeout ?? C.deadline, trace: trace
    ) { result throws(CallFailure) in try self.decode(C.self, result) }
  }

  /// As `call`, for a front door that passes on JSON it did not make: `params` is a whole JSON object and the reply is
  /// the owner's JSON as it came. `isIdempotent` is what the call's declaration says. Params no frame can carry are
  /// refused here: the owner would close the connection, and every call on it would fail.
  package func callRaw(
    method: String, params: [UInt8], isIdempotent: Bool, timeout: Duration, account: String? = nil,
    actor: String? = nil, key: String? = nil, trace: TraceContext? = TraceContext.current
  ) async -> Result<[UInt8], CallFailure> {
    do throws(JSONFailure) {
      // The frame is a container around them, and bounds their bytes.
      let limits = JSONLimits(maxBytes: JSONLimits.largestDocument, depth: JSONLimits().depth - 1)
      _ = try JSONDocument(parsing: params, limits: limits)
    } catch {
      return .failure(
        CallFailure(.invalidArgument, "PARAMS_UNSPEAKABLE", "The params of \(method): \(error)", started: false))
    }
    do throws(CallFailure) {
      return .success(
        try await exchange(
          method, params, PeerRetryPolicy(mayRepeat: isIdempotent || key != nil), account: account, actor: actor,
          key: key, timeout: timeout, trace: trace
        ) { result throws(CallFailure) in Array(result.bytes) })
    } catch {
      return .failure(error)
    }
  }

  /// Sends, tries again where it may, and reads the reply.
  private func exchange<Reply>(
    _ method: String, _ params: [UInt8], _ policy: PeerRetryPolicy, account: String?, actor: String?, key: String?,
    timeout: Duration, trace: TraceContext?, read: (JSONNode) throws(CallFailure) -> Reply
  ) async throws(CallFailure) -> Reply {
    let begun = MonotonicClock.now
    let deadline = Deadline.after(timeout)
    budget.withLock { $0.called() }
    var attempt = 1
    while true {
      let pending = PeerPendingCall(
        method: method, params: params, key: key, account: account, actor: actor,
        trace: trace?.child().traceparent, deadline: deadline.nanoseconds)
      switch await send(pending) {
      case .success(let result):
        do throws(CallFailure) {
          let reply = try read(result)
          metrics.ended(method, nil, nanoseconds: MonotonicClock.now - begun)
          return reply
        } catch {
          metrics.ended(method, error.code, nanoseconds: MonotonicClock.now - begun)
          throw error
        }
      case .failure(var failure):
        if await mayRetry(failure, policy, attempt, deadline) {
          attempt += 1
          metrics.retries.increment()
          continue
        }
        metrics.ended(method, failure.code, nanoseconds: MonotonicClock.now - begun)
        // Whoever passes it on need not try again: that was done here.
        failure.relayed = true
        throw failure
      }
    }
  }

  /// Whether a connection is ready for calls now.
  package var isConnected: Bool { connections.isConnected.load(ordering: .relaxed) }

  /// Runs `handler` on the loop each time a connection becomes ready, and now if one is. It must not block.
  package func onConnect(_ handler: @escaping @Sendable () -> Void) {
    loop.execute { [connections] in connections.onConnect(handler) }
  }

  /// Connects now and keeps a connection without waiting for calls.
  package func keepConnected() {
    loop.execute { [connections] in connections.keep() }
  }

  /// Fails what waits, says goodbye, and waits for what runs on its behalf. The peer is of no use afterwards.
  package func close() async {
    let dialling = await loop.perform { [connections] in connections.close() }
    for task in dialling { await task.value }
  }

  private func send(_ pending: PeerPendingCall) async -> PeerPendingCall.Answer {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        pending.continuation = continuation
        if loop.isCurrent {
          connections.start(pending)
        } else {
          loop.execute { [connections] in connections.start(pending) }
        }
      }
    } onCancel: {
      loop.execute { pending.cancel() }
    }
  }

  private func decode<C: Call>(_ type: C.Type, _ result: JSONNode) throws(CallFailure) -> C.Reply {
    do throws(JSONDecodingFailure) {
      return try result.decode(C.Reply.self)
    } catch {
      var failure = CallFailure.internal(
        "the reply of \(name) to \(C.method) is not what was agreed: \(error)", reason: "REPLY_UNREADABLE")
      failure.relayed = true
      throw failure
    }
  }

  /// Pauses before another try if there may be one.
  private func mayRetry(_ failure: CallFailure, _ policy: PeerRetryPolicy, _ attempt: Int, _ deadline: Deadline) async
    -> Bool
  {
    guard
      let pause = policy.pause(
        after: failure, attempt: attempt, left: deadline.remaining, jitter: .random(in: 0...1)),
      budget.withLock({ $0.take(now: MonotonicClock.now) })
    else { return false }
    do {
      try await Task.sleep(for: pause)
      return true
    } catch {
      return false
    }
  }
}
