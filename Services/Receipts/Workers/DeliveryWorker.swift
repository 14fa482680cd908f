import Contracts
import Crypto
import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Delivers what is due: at least once, new events before retries, no webhook at the cost of another.
final class DeliveryWorker: Sendable {
  private struct State {
    var places: DeliveryPlaces
    var isStopping = false
    var whenEmpty: [CheckedContinuation<Void, Never>] = []
  }

  private let database: Database
  private let poster: WebhookPoster
  private let schedule: RetrySchedule
  private let loop: EventLoop
  private let clock: WallClock
  private let log: Log
  private let metrics: DeliveryMetrics
  private let jitter: @Sendable () -> Double
  private let state: Mutex<State>
  private let work: WorkLoop

  /// `jitter` is asked for a factor of `RetrySchedule.jitter` at every failure.
  init(
    database: Database, poster: WebhookPoster, schedule: RetrySchedule, places: DeliveryPlaces, loop: EventLoop,
    clock: WallClock, log: Log, metrics: Metrics,
    jitter: @escaping @Sendable () -> Double = { Double.random(in: RetrySchedule.jitter) }
  ) {
    self.database = database
    self.poster = poster
    self.schedule = schedule
    self.loop = loop
    self.clock = clock
    self.log = log
    self.metrics = DeliveryMetrics(metrics)
    self.jitter = jitter
    state = Mutex(State(places: places))
    let box = TurnBox()
    work = WorkLoop("deliveries", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }

  /// Something may be due: look soon.
  func wake() { work.wake() }

  /// Begins no attempt and waits until what came of each running one is stored. `cut` is called after `limit` and must
  /// cancel what still runs; that is made again after the next start.
  func stop(within limit: Duration, cut: @escaping @Sendable () -> Void) async {
    state.withLock { $0.isStopping = true }
    await work.stop()
    loop.execute { [loop] in loop.schedule(after: limit, cut) }
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isEmpty = state.withLock { state in
        if state.places.inFlight == 0 { return true }
        state.whenEmpty.append(continuation)
        return false
      }
      if isEmpty { continuation.resume() }
    }
  }

  private func turn() async throws -> WorkLoop.Next {
    let now = clock.now
    let due = try await database.read { try DueWebhooks.find(at: now, $0) }
    let places = state.withLock { $0.places }
    // A webhook whose places are taken waits until one is given back, which wakes us; the others go on.
    let open = due.queues.filter { places.free(for: $0.webhook) > 0 }
    if open.isEmpty { return due.nextDueAt.map { .at($0) } ?? .idle }
    let rows = try await database.write { connection in
      var places = places
      var rows: [DeliveryRow] = []
      for queue in open {
        let free = places.free(for: queue.webhook)
        if free == 0 { continue }
        let taken = try DeliveryRow.take(queue, limit: free, at: now, connection)
        for _ in taken { _ = places.take(queue.webhook) }
        rows += taken
      }
      return rows
    }
    let tickets = state.withLock { state in
      defer { metrics.inFlight.set(state.places.inFlight) }
      return rows.map { state.places.take($0.webhook.id) }
    }
    for (row, ticket) in zip(rows, tickets) {
      // Owned by its ticket: `stop` waits until every place is given back.
      loop.spawn { await self.deliver(row, ticket) }
    }
    // Nothing taken of what was found can only be a damaged store: look again later, do not spin.
    return rows.isEmpty ? due.nextDueAt.map { .at($0) } ?? .idle : .again
  }

  private func deliver(_ row: DeliveryRow, _ ticket: DeliveryPlaces.Ticket) async {
    let started = MonotonicClock.now
    let at = clock.now
    if row.attempts == 0 { metrics.firstDelay.observe(.milliseconds(max(0, at - row.createdAt))) }
    let result = await poster.post(row, at: at)
    let elapsed = MonotonicClock.now - started
    metrics.attempted(result, nanoseconds: elapsed)
    // Called off by a stop: made again after the next start. Called off for any other reason: a failed attempt.
    if result != .cancelled || !state.withLock({ $0.isStopping }) {
      let attempt = DeliveryAttempt(
        id: AttemptID(trusted: "att_" + ULID.make(milliseconds: at)), at: Timestamp(milliseconds: at),
        durationMilliseconds: Int(elapsed / 1_000_000), dialledAddress: result.dialledAddress,
        httpStatus: result.status, errorClass: result.errorClass, response: result.response)
      let failed = schedule.afterFailure(attempts: row.attempts + 1, at: clock.now, jitter: jitter())
      let next: DeliveryNext =
        result.isSuccess ? .delivered : result.isInterrupted ? .interrupted(orElse: failed) : failed
      await store(attempt, next, row)
    }
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.places.finish(ticket, answered: result.status != nil || result.isInterrupted)
      metrics.inFlight.set(state.places.inFlight)
      guard state.places.inFlight == 0 else { return [] }
      defer { state.whenEmpty = [] }
      return state.whenEmpty
    }
    for waiter in waiters { waiter.resume() }
    work.wake()
  }

  /// Tried until it succeeds while the process lives. If it ends first the delivery is made again: at least once.
  private func store(_ attempt: DeliveryAttempt, _ next: DeliveryNext, _ row: DeliveryRow) async {
    var pause = Duration.milliseconds(20)
    while true {
      do {
        try await database.write { try row.finish(attempt, next: next, $0) }
        return metrics.settled(next)
      } catch {
        log.error("delivery.outcome_not_stored", ["delivery_id": .string(row.id.text), "error": .string("\(error)")])
        if state.withLock({ $0.isStopping }) { return }
        await loop.pause(pause)
        pause = min(pause * 2, .seconds(5))
      }
    }
  }
}
