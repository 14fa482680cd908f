import Contracts
import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Lets assistants answer: many conversations at once, the turns of one conversation in order.
final class TurnWorker: Sendable {
  private static let historyLimit = 20
  /// Tries of a turn whose answers were of no use.
  private static let attempts = 5
  /// How long an outage of the model is waited out, in milliseconds: a later answer would only puzzle the customer.
  private static let patience: Int64 = 2 * 3_600_000
  /// Between two tries, unless the server asks for more, in milliseconds.
  private static let longestPause: Int64 = 60_000
  /// How long a conversation that floods is passed over, in milliseconds.
  private static let floodPause: Int64 = 1_000

  private struct State {
    var lanes = TurnLanes()
    /// The running turns by conversation: `stop` cancels and waits for them.
    var tasks: [String: Task<Void, Never>] = [:]
    var isStopping = false
    var whenEmpty: [CheckedContinuation<Void, Never>] = []
  }

  private let database: Database
  private let chat: any ChatModel
  private let loop: EventLoop
  private let clock: WallClock
  private let log: Log
  private let concurrency: Int
  /// Longer than a turn and all before it may take: a lease that runs out means this process died.
  private let lease: Int64
  private let outcomes: @Sendable (String) -> Counter
  private let onQueued: @Sendable () -> Void
  private let state = Mutex(State())
  private let work: WorkLoop

  init(
    database: Database, chat: any ChatModel, loop: EventLoop, clock: WallClock, log: Log, metrics: Metrics,
    concurrency: Int, answerLimit: Duration,
    onQueued: @escaping @Sendable () -> Void
  ) {
    self.database = database
    self.chat = chat
    self.loop = loop
    self.clock = clock
    self.log = log
    self.concurrency = concurrency
    lease = Self.milliseconds(answerLimit) * Int64(TurnLanes.followers + 2)
    self.onQueued = onQueued
    outcomes = {
      metrics.counter("wss_router_turns_total", "Turns of assistants by outcome.", labels: ["outcome": $0])
    }
    let box = TurnBox()
    work = WorkLoop("turns", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  private static func milliseconds(_ duration: Duration) -> Int64 {
    duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
  }

  func start() { work.start() }
  func wake() { work.wake() }

  /// Takes no new turn and calls the running ones off: a model may take a minute, and asking again harms nobody.
  func stop() async {
    await work.stop()
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isEmpty = state.withLock { state in
        state.isStopping = true
        for task in state.tasks.values { task.cancel() }
        if state.tasks.isEmpty { return true }
        state.whenEmpty.append(continuation)
        return false
      }
      if isEmpty { continuation.resume() }
    }
  }

  private func turn() async throws -> WorkLoop.Next {
    let free = concurrency - state.withLock { $0.lanes.running }
    if free <= 0 { return .idle }
    let now = clock.now
    let (jobs, next) = try await database.write { [lease] connection in
      (try Schema.turns.lease(connection, now: now, for: lease, limit: free), try Schema.turns.nextDue(connection))
    }
    var refused: [(job: QueuedJob, until: Int64)] = []
    for job in jobs {
      switch state.withLock({ $0.lanes.admit(job) }) {
      case .run: run(job)
      case .wait: continue
      case .refuse(let moment): refused.append((job, moment ?? now + Self.floodPause))
      }
    }
    if !refused.isEmpty { try await passOver(refused) }
    // Some may wait behind others: there may be room for more.
    if jobs.count == free { return .again }
    return next.map { .at(max($0, now + 10)) } ?? .idle
  }

  private func passOver(_ refused: [(job: QueuedJob, until: Int64)]) async throws {
    try await database.write { connection in
      for (job, moment) in refused {
        try TurnRow.putBack([job], dueAt: moment, connection)
        try TurnRow.delay(lane: job.lane, until: moment, connection)
      }
    }
  }

  /// The task is owned by `state.tasks`: `stop` waits until there is none.
  private func run(_ job: QueuedJob) {
    state.withLock { state in
      state.tasks[job.lane] = loop.spawn {
        do { try await self.answer(job) } catch {
          self.log.error("turn.failed", ["message_id": .string(job.id), "error": .string("\(error)")])
          await self.release(job)
        }
        self.end(job)
      }
    }
  }

  /// Gives a turn back that nothing could be stored of, as when the disk is full, as soon as something can be: its lease
  /// is for a process that dies, and runs for minutes.
  private func release(_ job: QueuedJob) async {
    let followers = state.withLock { $0.lanes.postpone(job.lane, until: job.dueAt) }
    let end = MonotonicClock.now + lease * 1_000_000
    var wait = Duration.milliseconds(100)
    while !state.withLock({ $0.isStopping }), MonotonicClock.now < end {
      await loop.pause(wait)
      wait = min(wait * 2, .seconds(5))
      do {
        try await database.write { try TurnRow.putBack([job] + followers, dueAt: job.dueAt, $0) }
        return
      } catch { continue }
    }
  }

  private func end(_ job: QueuedJob) {
    let (next, waiters) = state.withLock { state -> (QueuedJob?, [CheckedContinuation<Void, Never>]) in
      state.tasks[job.lane] = nil
      let next = state.isStopping ? nil : state.lanes.next(in: job.lane)
      guard state.tasks.isEmpty else { return (next, []) }
      defer { state.whenEmpty = [] }
      return (next, state.whenEmpty)
    }
    if let next { run(next) }
    for waiter in waiters { waiter.resume() }
    work.wake()
  }

  private func answer(_ job: QueuedJob) async throws {
    let found = try await database.read { connection in
      try TurnRow.find(message: job.id, historyLimit: Self.historyLimit, connection)
    }
    guard let turn = found else {
      outcomes("dropped").increment()
      _ = try await database.write { try Schema.turns.complete($0, job) }
      return
    }
    do throws(ChatFailure) {
      let text = try await chat.reply(to: turn.history, as: turn.assistant)
      try await settle(job, turn, text)
    } catch {
      try await giveBack(job, turn, error)
    }
  }

  private func settle(_ job: QueuedJob, _ turn: TurnRow, _ text: String) async throws(ChatFailure) {
    let now = clock.now
    do {
      let isQueued = try await database.write { connection in
        let isQueued = try TurnRow.reply(text, to: turn, at: now, connection)
        try Schema.turns.complete(connection, job)
        return isQueued
      }
      outcomes(isQueued ? "answered" : "dropped").increment()
      if isQueued { onQueued() }
    } catch {
      throw ChatFailure(kind: .outage, message: "the reply could not be stored: \(error)")
    }
  }

  private func giveBack(_ job: QueuedJob, _ turn: TurnRow, _ failure: ChatFailure) async throws {
    let now = clock.now
    if state.withLock({ $0.isStopping }) {
      let followers = state.withLock { $0.lanes.postpone(job.lane, until: job.dueAt) }
      try await database.write { try TurnRow.putBack([job] + followers, dueAt: job.dueAt, $0) }
      return
    }
    let mayRetry = mayRetry(failure, job, turn, at: now)
    outcomes(mayRetry ? "retried" : "failed").increment()
    log.error(
      "turn.model_failed",
      ["message_id": .string(job.id), "attempt": .int(job.attempts), "error": .string(failure.message)])
    guard mayRetry else {
      _ = try await database.write { try Schema.turns.bury($0, job, error: failure.message) }
      return
    }
    let pause = min(Int64(500 << min(job.attempts, 10)), Self.longestPause)
    let delay = max(failure.retryAfterMilliseconds ?? 0, pause)
    let followers = state.withLock { $0.lanes.postpone(job.lane, until: now + delay) }
    try await database.write { connection in
      try TurnRow.postpone(job, followers: followers, dueAt: now + delay, error: failure.message, connection)
    }
  }

  private func mayRetry(_ failure: ChatFailure, _ job: QueuedJob, _ turn: TurnRow, at now: Int64) -> Bool {
    switch failure.kind {
    case .outage: now < min(job.createdAt + Self.patience, turn.windowExpiresAt)
    case .useless: job.attempts < Self.attempts
    case .permanent: false
    }
  }
}
