import Contracts
import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Lets assistants answer: many conversations at once, the turns of one conversation in order.
final class TurnWorker: Sendable {
  private static let historyLimit = 20
  private static let attempts = 5

  private struct State {
    /// Turns waiting behind the running one of their conversation.
    var lanes: [String: [QueuedJob]] = [:]
    var count = 0
    var isStopping = false
    var whenEmpty: [CheckedContinuation<Void, Never>] = []
  }

  private let database: Database
  private let chat: any ChatModel
  private let loop: EventLoop
  private let clock: WallClock
  private let log: Log
  private let concurrency: Int
  private let outcomes: @Sendable (String) -> Counter
  private let onQueued: @Sendable () -> Void
  private let state = Mutex(State())
  private let work: WorkLoop

  init(
    database: Database, chat: any ChatModel, loop: EventLoop, clock: WallClock, log: Log, metrics: Metrics,
    concurrency: Int,
    onQueued: @escaping @Sendable () -> Void
  ) {
    self.database = database
    self.chat = chat
    self.loop = loop
    self.clock = clock
    self.log = log
    self.concurrency = concurrency
    self.onQueued = onQueued
    outcomes = {
      metrics.counter("wss_router_turns_total", "Turns of assistants by outcome.", labels: ["outcome": $0])
    }
    let box = TurnBox()
    work = WorkLoop("turns", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }

  /// Takes no new turn and waits for the running ones.
  func stop() async {
    await work.stop()
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isEmpty = state.withLock { state in
        state.isStopping = true
        if state.count == 0 { return true }
        state.whenEmpty.append(continuation)
        return false
      }
      if isEmpty { continuation.resume() }
    }
  }

  private func turn() async throws -> WorkLoop.Next {
    let free = concurrency - state.withLock { $0.count }
    if free <= 0 { return .idle }
    let now = clock.now
    let (jobs, next) = try await database.write { connection in
      // Longer than every try of the model: a lease that runs out means this process died.
      (try Schema.turns.lease(connection, now: now, for: 600_000, limit: free), try Schema.turns.nextDue(connection))
    }
    for job in jobs { begin(job) }
    if jobs.count == free { return .idle }
    return next.map { .at(max($0, now + 10)) } ?? .idle
  }

  private func begin(_ job: QueuedJob) {
    let isFirst = state.withLock { state in
      state.count += 1
      if state.lanes[job.lane] != nil {
        state.lanes[job.lane]?.append(job)
        return false
      }
      state.lanes[job.lane] = []
      return true
    }
    if isFirst { run(job) }
  }

  /// The task is owned by `state.count`: `stop` waits until it is zero.
  private func run(_ job: QueuedJob) {
    loop.spawn {
      do { try await self.answer(job) } catch {
        // The lease runs out and the turn comes back.
        self.log.error("turn.failed", ["message_id": .string(job.id), "error": .string("\(error)")])
      }
      self.end(job)
    }
  }

  private func end(_ job: QueuedJob) {
    let (next, waiters) = state.withLock { state -> (QueuedJob?, [CheckedContinuation<Void, Never>]) in
      state.count -= 1
      var next: QueuedJob?
      if var lane = state.lanes[job.lane], !lane.isEmpty {
        next = lane.removeFirst()
        state.lanes[job.lane] = lane
      } else {
        state.lanes[job.lane] = nil
      }
      guard state.count == 0 else { return (next, []) }
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
      try await giveBack(job, error)
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
      throw ChatFailure(mayRetry: true, message: "the reply could not be stored: \(error)")
    }
  }

  private func giveBack(_ job: QueuedJob, _ failure: ChatFailure) async throws {
    let now = clock.now
    let mayRetry = failure.mayRetry && job.attempts < Self.attempts
    outcomes(mayRetry ? "retried" : "failed").increment()
    log.error(
      "turn.model_failed",
      ["message_id": .string(job.id), "attempt": .int(job.attempts), "error": .string(failure.message)])
    let delay = max(failure.retryAfterMilliseconds ?? 0, Int64(500 << min(job.attempts, 6)))
    _ = try await database.write { connection in
      mayRetry
        ? try Schema.turns.retry(connection, job, dueAt: now + delay, error: failure.message)
        : try Schema.turns.bury(connection, job, error: failure.message)
    }
  }
}
