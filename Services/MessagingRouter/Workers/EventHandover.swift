import Contracts
import JSON
import Store
import Synchronization
import Telemetry
import Transport
import Wire
import Workers

/// Hands events over to `receipts` in the order of their commits, until each is acknowledged after its commit there.
///
/// The events are JSON already and go out as they are. One call is on its way at a time: what comes behind is stored
/// behind.
final class EventHandover: Sendable {
  private static let batch = 256
  /// Half of what a frame holds by default.
  private static let batchBytes = 512 << 10

  private let receipts: Peer
  private let database: Database
  private let clock: WallClock
  private let log: Log
  private let handedOver: Counter
  private let state = Mutex(State())
  private let work: WorkLoop

  private struct State {
    /// Calls that failed one after the other.
    var failures = 0
    /// Up after a call that was refused as a whole: the next carries one event, so that one bad event is found.
    var goesSingly = false
    /// When to try again after a failure, by the wall clock: what is stored meanwhile does not make it sooner.
    var notBefore: Int64 = 0
  }

  private static let longestPause: Int64 = 5_000

  init(
    _ receipts: Peer, database: Database, loop: EventLoop, clock: WallClock, log: Log, metrics: Metrics
  ) {
    self.receipts = receipts
    self.database = database
    self.clock = clock
    self.log = log
    handedOver = metrics.counter("wss_router_events_handed_over_total", "Events acknowledged by receipts.")
    let box = TurnBox()
    work = WorkLoop("handover of events", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop() }

  /// `receipts` is there again: no reason to wait for the end of a pause.
  func connected() {
    state.withLock { $0.notBefore = 0 }
    wake()
  }

  private func turn() async throws -> WorkLoop.Next {
    let (limit, notBefore) = state.withLock { ($0.goesSingly ? 1 : Self.batch, $0.notBefore) }
    let now = clock.now
    // A clock that was set back must not make it a longer pause.
    if now < notBefore, notBefore - now <= Self.longestPause { return .at(notBefore) }
    let front = try await database.read {
      try OutboxedEvents.front(limit: limit, bytes: Self.batchBytes, $0)
    }
    if front.entries.isEmpty { return .idle }
    let outcomes: [ReceiptsAPI.RecordEvents.Outcome]
    do throws(CallFailure) {
      outcomes = try await deliver(front)
    } catch {
      return try await failed(error, front)
    }
    state.withLock { $0 = State() }
    let refused = outcomes.indices.filter { outcomes[$0] == .refused }.map {
      (place: $0, reason: "refused by its receiver")
    }
    try await finish(front, refused: refused)
    handedOver.increment(by: outcomes.count - refused.count)
    return .again
  }

  private func deliver(_ front: OutboxedEvents) async throws(CallFailure) -> [ReceiptsAPI.RecordEvents.Outcome] {
    var writer = JSONWriter(capacity: 64 + front.entries.reduce(0) { $0 + $1.event.count + 1 })
    writer.beginObject()
    writer.key("events")
    writer.beginArray()
    for entry in front.entries { writer.raw(entry.event) }
    writer.endArray()
    writer.endObject()
    let call = ReceiptsAPI.RecordEvents.self
    let answer = await receipts.callRaw(
      method: call.method, params: writer.finish(), isIdempotent: call.isIdempotent, timeout: call.deadline)
    let reply: ReceiptsAPI.RecordEvents.Reply
    let bytes = try answer.get()
    do throws(JSONDecodingFailure) {
      reply = try JSONCoder.decode(ReceiptsAPI.RecordEvents.Reply.self, from: bytes)
    } catch {
      throw .internal("receipts answered what cannot be read: \(error)", reason: "REPLY_UNREADABLE")
    }
    guard reply.outcomes.count == front.entries.count else {
      throw .internal(
        "\(reply.outcomes.count) outcomes for \(front.entries.count) events", reason: "REPLY_UNREADABLE")
    }
    return reply.outcomes
  }

  private func failed(_ failure: CallFailure, _ front: OutboxedEvents) async throws -> WorkLoop.Next {
    let isRefusal = failure.code == .invalidArgument
    if isRefusal, front.entries.count == 1 {
      // It alone is at fault: those behind it must not wait for it for ever.
      try await finish(front, refused: [(place: 0, reason: failure.message)])
      state.withLock { $0 = State() }
      return .again
    }
    let now = clock.now
    let next = state.withLock { state in
      if isRefusal { state.goesSingly = true }
      state.failures += 1
      let ceiling = min(Self.longestPause, 200 << Int64(min(state.failures, 6)))
      state.notBefore = isRefusal ? 0 : now + Int64.random(in: 100...ceiling)
      return state.notBefore
    }
    log.info(
      "handover.failed",
      ["queue": "event_outbox", "events": .int(front.entries.count), "reason": .string(failure.reason)]
    )
    return isRefusal ? .again : .at(next)
  }

  private func finish(_ front: OutboxedEvents, refused: [(place: Int, reason: String)]) async throws {
    let now = clock.now
    try await database.write { try front.finish(refused: refused, at: now, $0) }
    if !refused.isEmpty {
      log.error("handover.refused", ["queue": "event_outbox", "events": .int(refused.count)])
    }
  }
}
