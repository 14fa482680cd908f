import Contracts
import Crypto
import Outbound
import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Delivers what is due: at least once, new events before retries, no webhook at the cost of another.
///
/// One loop takes deliveries and starts their attempts, another stores what came of them, many in one write each. What
/// waits is in the store; in memory is who has something to deliver (`DueAgenda`) and how each endpoint does
/// (`DeliveryPlaces`).
final class DeliveryWorker: Sendable {
  private struct State {
    var places: DeliveryPlaces
    var agenda = DueAgenda()
    var walk = WalkState()
    var outage = NetworkOutage()
    /// Finished attempts that are not stored yet.
    var outcomes: [DeliveryOutcome] = []
    var unsettled = 0
    var isStopping = false
    var whenEmpty: [CheckedContinuation<Void, Never>] = []

    var isEmpty: Bool { places.inFlight == 0 && unsettled == 0 }
  }

  /// When the store is walked for what the agenda may have missed.
  private struct WalkState {
    var isWanted = true
    var last: Int64 = 0
  }

  /// How often the store is walked, whatever happens, in milliseconds.
  static let walkInterval: Int64 = 30_000
  /// Outcomes stored in one write.
  static let settledAtOnce = 256

  private let database: Database
  private let poster: WebhookPoster
  private let schedule: RetrySchedule
  private let perWebhook: Int
  private let loop: EventLoop
  private let clock: WallClock
  private let log: Log
  private let metrics: DeliveryMetrics
  private let jitter: @Sendable () -> Double
  private let onNews: @Sendable () -> Void
  private let state: Mutex<State>
  private let work: WorkLoop
  private let settling: WorkLoop

  /// `jitter` is asked for a factor of `RetrySchedule.jitter` at every failure; `onNews` hears when an event was stored
  /// that tells of an endpoint.
  init(
    database: Database, poster: WebhookPoster, schedule: RetrySchedule, places: DeliveryPlaces, loop: EventLoop,
    clock: WallClock, log: Log, metrics: Metrics,
    jitter: @escaping @Sendable () -> Double = { Double.random(in: RetrySchedule.jitter) },
    onNews: @escaping @Sendable () -> Void = {}
  ) {
    self.database = database
    self.poster = poster
    self.schedule = schedule
    self.loop = loop
    self.clock = clock
    self.log = log
    self.metrics = DeliveryMetrics(metrics)
    self.jitter = jitter
    self.onNews = onNews
    perWebhook = places.perWebhook
    state = Mutex(State(places: places))
    let turns = TurnBox()
    work = WorkLoop("deliveries", loop: loop, clock: clock, log: log) { try await turns.turn() }
    let settlings = TurnBox()
    settling = WorkLoop("outcomes", loop: loop, clock: clock, log: log) { try await settlings.turn() }
    turns.set { [weak self] in try await self?.turn() ?? .idle }
    settlings.set { [weak self] in try await self?.settle() ?? .idle }
  }

  func start() {
    work.start()
    settling.start()
  }

  /// Something may be due, or a webhook was changed or resumed: look everywhere, soon.
  func wake() {
    state.withLock { $0.walk.isWanted = true }
    work.wake()
  }

  /// New events wait for these webhooks: look there, soon. True for those that took what they were sent last.
  func wake(_ webhooks: [WebhookID: Bool]) {
    if webhooks.isEmpty { return }
    let now = clock.now
    state.withLock { state in
      for (webhook, isProven) in webhooks {
        state.agenda.add(webhook, LaneTimes(new: now), isProven: isProven, at: now)
      }
    }
    work.wake()
  }

  /// Replays wait for these webhooks: look there, soon.
  func wake(replaysOf webhooks: [WebhookID]) {
    let now = clock.now
    state.withLock { state in
      for webhook in webhooks { state.agenda.add(webhook, LaneTimes(replay: now), isProven: false, at: now) }
    }
    work.wake()
  }

  /// What is in memory now.
  struct Load: Sendable, Equatable {
    var inFlight = 0
    /// Attempts that are over and not stored.
    var unsettled = 0
    /// Webhooks with something that waits.
    var waiting = 0
    /// Endpoints whose pace is remembered.
    var endpoints = 0
  }

  var load: Load {
    state.withLock {
      Load(
        inFlight: $0.places.inFlight, unsettled: $0.unsettled, waiting: $0.agenda.count, endpoints: $0.places.count)
    }
  }

  /// Begins no attempt and waits until what came of each running one is stored. `cut` is called after `limit` and must
  /// cancel what still runs; that is made again after the next start.
  func stop(within limit: Duration, cut: @escaping @Sendable () -> Void) async {
    state.withLock { $0.isStopping = true }
    await work.stop()
    loop.execute { [loop] in loop.schedule(after: limit, cut) }
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isEmpty = state.withLock { state in
        if state.isEmpty { return true }
        state.whenEmpty.append(continuation)
        return false
      }
      if isEmpty { continuation.resume() }
    }
    await settling.stop()
  }

  // MARK: Taking

  private func turn() async throws -> WorkLoop.Next {
    try await walk()
    let now = clock.now
    let perWebhook = perWebhook
    let (grants, nextAt) = state.withLock { state -> ([DeliveryPlaces.Grant], Int64?) in
      // What is not stored yet takes the place of what would be taken: a store that is slow or full slows us down.
      let grants = state.unsettled < state.places.total ? state.places.plan(&state.agenda, at: now) : []
      return (grants, state.agenda.nextAt)
    }
    if grants.isEmpty { return Self.next(nextAt, at: now) }
    let taken = try await database.write { connection in
      try grants.map { try Self.take($0, perWebhook: perWebhook, at: now, connection) }
    }
    for taken in taken where taken.isUnreadable {
      log.error("deliveries.unreadable", ["webhook_id": .string(taken.grant.webhook.text)])
    }
    let tickets = state.withLock { state in
      defer { metrics.inFlight.set(state.places.inFlight) }
      return taken.map { Self.begin($0, &state, at: now) }
    }
    for (taken, tickets) in zip(taken, tickets) {
      for (row, ticket) in zip(taken.rows, tickets) {
        // Owned by its ticket: `stop` waits until every place is given back.
        loop.spawn { await self.deliver(row, ticket) }
      }
    }
    return .again
  }

  /// When there is nothing to take now. What was due and could not be taken waits for somebody to wake us.
  static func next(_ nextAt: Int64?, at now: Int64) -> WorkLoop.Next {
    let walkAt = now + walkInterval
    guard let nextAt, nextAt > now else { return .at(walkAt) }
    return .at(min(nextAt, walkAt))
  }

  /// One webhook that cannot be read must not keep the others from theirs.
  private static func take(
    _ grant: DeliveryPlaces.Grant, perWebhook: Int, at now: Int64, _ connection: Connection
  ) throws -> TakenDeliveries {
    do {
      return try connection.part { try TakenDeliveries.take(grant, perWebhook: perWebhook, at: now, connection) }
    } catch {
      // The store's own troubles are everybody's.
      if let failure = error as? StoreFailure, failure.code != .unexpectedType { throw failure }
      var taken = TakenDeliveries(grant: grant)
      taken.isUnreadable = true
      return taken
    }
  }

  private static func begin(_ taken: TakenDeliveries, _ state: inout State, at now: Int64) -> [DeliveryPlaces.Ticket] {
    let webhook = taken.grant.webhook
    if taken.isUnreadable {
      state.agenda.postpone(webhook, until: now + walkInterval, at: now)
      return []
    }
    state.agenda.correct(webhook, taken.left, additions: taken.grant.additions, at: now)
    guard let limits = taken.limits else { return [] }
    // Due and not there can only be a damaged store: look again later, do not spin.
    let missed = taken.grant.replays > 0 ? taken.left.earliest : min(taken.left.new, taken.left.retry)
    if taken.rows.isEmpty, taken.cancelled == 0, missed <= now {
      state.agenda.postpone(webhook, until: now + walkInterval, at: now)
    }
    return taken.rows.map {
      state.places.take(webhook, $0.lane, limits, isProven: taken.isProven, version: taken.version, at: now)
    }
  }

  /// Reads who has something waiting, a page at a time: at the start, when asked to, and now and then.
  private func walk() async throws {
    let now = clock.now
    let isDue = state.withLock { state in
      let isDue = state.walk.isWanted || abs(now - state.walk.last) >= Self.walkInterval
      if isDue {
        if now < state.walk.last { state.agenda.clockWasSetBack(at: now) }
        state.walk = WalkState(isWanted: false, last: now)
      }
      return isDue
    }
    guard isDue else { return }
    do {
      for lane in DeliveryLane.allCases { try await walk(lane, at: now) }
    } catch {
      state.withLock { $0.walk.isWanted = true }
      throw error
    }
  }

  private func walk(_ lane: DeliveryLane, at now: Int64) async throws {
    var last: WebhookID?
    repeat {
      let from = last
      let page = try await database.read { try DueWebhooks.find(lane, after: from, $0) }
      state.withLock { state in
        for found in page.found {
          var times = LaneTimes()
          times[lane] = found.dueAt
          state.agenda.add(found.webhook, times, isProven: found.isProven, at: now)
          if state.places.note(found.webhook, version: found.version) {
            state.agenda.postpone(found.webhook, until: 0, at: now)
          }
        }
      }
      last = page.last
    } while last != nil && !state.withLock({ $0.isStopping })
  }

  // MARK: One attempt

  private func deliver(_ row: DeliveryRow, _ ticket: DeliveryPlaces.Ticket) async {
    let started = MonotonicClock.now
    let at = clock.now
    if row.lane == .new { metrics.firstDelay.observe(.milliseconds(max(0, at - row.createdAt))) }
    var result = await poster.post(row, at: at)
    result.isOutage = isOutage(result, row)
    let elapsed = MonotonicClock.now - started
    metrics.attempted(result, nanoseconds: elapsed)
    let outcome = outcome(of: result, row, at: at, milliseconds: Int(elapsed / 1_000_000))
    let now = clock.now
    let jitter = jitter()
    state.withLock { state in
      state.places.finish(ticket, outcome.verdict, at: now, jitter: jitter)
      metrics.inFlight.set(state.places.inFlight)
      // Called off by a stop: made again after the next start. Called off for any other reason: a failed attempt.
      if result != .cancelled || !state.isStopping {
        state.outcomes.append(outcome)
        state.unsettled += 1
      }
    }
    settling.wake()
    work.wake()
    resumeIfEmpty()
  }

  /// Whether nobody is reached now, this one among them.
  private func isOutage(_ result: PostResult, _ row: DeliveryRow) -> Bool {
    guard let hasReached = result.hasReached, let url = row.webhook.url else { return false }
    let host: String
    do throws(OutboundFailure) { host = try OutboundURL(url).host } catch { return false }
    let now = clock.now
    return state.withLock { state in
      if !hasReached { return state.outage.missed(host, at: now) }
      state.outage.reached()
      return false
    }
  }

  private func outcome(of result: PostResult, _ row: DeliveryRow, at: Int64, milliseconds: Int) -> DeliveryOutcome {
    let now = clock.now
    let attempt = DeliveryAttempt(
      id: AttemptID(trusted: "att_" + ULID.make(milliseconds: at)), at: Timestamp(milliseconds: at),
      durationMilliseconds: milliseconds, dialledAddress: result.dialledAddress, httpStatus: result.status,
      errorClass: result.errorClass, response: result.response)
    let schedule = row.webhook.retrySchedule.flatMap { RetrySchedule(text: $0) } ?? schedule
    let failed = schedule.afterFailure(
      attempts: row.attempts + 1, at: now, jitter: jitter(), asked: RetryAfter.parse(result.retryAfter, at: now))
    let next: DeliveryNext =
      if result.isSuccess {
        .delivered
      } else if result.isInterrupted {
        .interrupted(orElse: failed)
      } else if let hindrance = result.hindrance {
        .hindered(hindrance, at: now, orElse: failed)
      } else {
        failed
      }
    return DeliveryOutcome(row: row, attempt: attempt, verdict: result.verdict(at: now), next: next, endedAt: now)
  }

  private func resumeIfEmpty() {
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      guard state.isEmpty else { return [] }
      defer { state.whenEmpty = [] }
      return state.whenEmpty
    }
    for waiter in waiters { waiter.resume() }
  }

  // MARK: Storing what came of it

  /// Stores what has come in. Tried until it succeeds while the process lives; if it ends first the deliveries are made
  /// again: at least once.
  private func settle() async throws -> WorkLoop.Next {
    let outcomes = state.withLock { state in
      let first = state.outcomes.prefix(Self.settledAtOnce)
      state.outcomes.removeFirst(first.count)
      return Array(first)
    }
    if outcomes.isEmpty { return .idle }
    let now = clock.now
    do {
      let settled = try await database.write { try SettledDeliveries.store(outcomes, at: now, $0) }
      stored(outcomes, settled, at: now)
    } catch {
      log.error("delivery.outcome_not_stored", ["deliveries": .int(outcomes.count), "error": .string("\(error)")])
      try await storeAlone(outcomes, at: now)
    }
    return .again
  }

  /// One that cannot be stored must not keep the others from it.
  private func storeAlone(_ outcomes: [DeliveryOutcome], at now: Int64) async throws {
    var left: [DeliveryOutcome] = []
    var failure: (any Error)?
    for outcome in outcomes {
      do {
        let settled = try await database.write { try SettledDeliveries.store([outcome], at: now, $0) }
        stored([outcome], settled, at: now)
      } catch {
        left.append(outcome)
        failure = error
      }
    }
    guard let failure else { return }
    state.withLock { state in
      if state.isStopping {
        state.unsettled -= left.count
      } else {
        state.outcomes += left
      }
    }
    resumeIfEmpty()
    throw failure
  }

  private func stored(_ outcomes: [DeliveryOutcome], _ settled: SettledDeliveries, at now: Int64) {
    state.withLock { state in
      state.unsettled -= outcomes.count
      for (webhook, times) in settled.due { state.agenda.add(webhook, times, isProven: false, at: now) }
    }
    for outcome in outcomes { metrics.settled(outcome.next) }
    for news in settled.news {
      log.notice(
        "webhook.news", ["webhook_id": .string(news.webhook.id.text), "news": .string("\(news.kind)")])
    }
    if !settled.news.isEmpty { onNews() }
    work.wake()
    resumeIfEmpty()
  }
}
