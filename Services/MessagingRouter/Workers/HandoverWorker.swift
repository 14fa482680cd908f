import JSON
import Store
import Synchronization
import Telemetry
import Transport
import Wire
import Workers

/// Hands what a queue holds over to another service in batches, until each item is acknowledged after its commit there.
final class HandoverWorker<Item: Codable & Sendable>: Sendable {
  /// What became of an item at the other end.
  enum Outcome: Sendable {
    case taken
    /// It will never be taken: kept aside.
    case refused
  }

  typealias Delivery = @Sendable ([Item]) async throws(CallFailure) -> [Outcome]

  private let queue: DurableQueue
  private let batch: Int
  private let batchBytes: Int
  private let deliver: Delivery
  private let database: Database
  private let clock: WallClock
  private let log: Log
  private let handedOver: Counter
  /// Calls that failed one after the other.
  private let failures = Mutex(0)
  private let work: WorkLoop

  /// `batch` items, and `batchBytes` of their payloads, go into one call; a single item may be larger.
  init(
    _ queue: DurableQueue, batch: Int = 256, batchBytes: Int, handedOver: Counter, database: Database,
    loop: EventLoop, clock: WallClock, log: Log, deliver: @escaping Delivery
  ) {
    self.queue = queue
    self.batch = batch
    self.batchBytes = batchBytes
    self.deliver = deliver
    self.database = database
    self.clock = clock
    self.log = log
    self.handedOver = handedOver
    let box = TurnBox()
    work = WorkLoop("handover of \(queue.table)", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop() }

  private func turn() async throws -> WorkLoop.Next {
    let now = clock.now
    let (jobs, next) = try await database.write { [queue, batch] connection in
      (try queue.lease(connection, now: now, for: 60_000, limit: batch), try queue.nextDue(connection))
    }
    if jobs.isEmpty { return next.map { .at(max($0, now + 10)) } ?? .idle }
    let batch = try await readable(jobs)
    if batch.isEmpty { return .again }
    let outcomes: [Outcome]
    do throws(CallFailure) {
      outcomes = try await deliver(batch.map(\.item))
      guard outcomes.count == batch.count else {
        throw .internal("\(outcomes.count) outcomes for \(batch.count) events", reason: "REPLY_UNREADABLE")
      }
    } catch {
      let tries = failures.withLock { failures in
        failures += 1
        return failures
      }
      let delay = Int64.random(in: 100...min(5_000, 200 << Int64(min(tries, 6))))
      try await database.write { [queue] connection in
        for (job, _) in batch { try queue.retry(connection, job, dueAt: now + delay, error: error.message) }
      }
      log.info(
        "handover.failed",
        ["queue": .string(queue.table), "events": .int(batch.count), "reason": .string(error.reason)])
      return .at(now + delay)
    }
    failures.withLock { $0 = 0 }
    try await database.write { [queue] connection in
      for ((job, _), outcome) in zip(batch, outcomes) {
        switch outcome {
        case .taken: try queue.complete(connection, job)
        case .refused: try queue.bury(connection, job, error: "refused by its receiver")
        }
      }
    }
    let refused = outcomes.count { $0 == .refused }
    if refused > 0 { log.error("handover.refused", ["queue": .string(queue.table), "events": .int(refused)]) }
    handedOver.increment(by: outcomes.count)
    return .again
  }

  /// The items of a batch; one that cannot be read is buried, and what does not fit one frame goes back.
  private func readable(_ jobs: [QueuedJob]) async throws -> [(job: QueuedJob, item: Item)] {
    var batch: [(job: QueuedJob, item: Item)] = []
    var broken: [(QueuedJob, String)] = []
    var surplus: [QueuedJob] = []
    var bytes = 0
    for job in jobs {
      bytes += job.payload.count
      if bytes > batchBytes, !batch.isEmpty {
        surplus.append(job)
        continue
      }
      do throws(JSONDecodingFailure) {
        batch.append((job, try JSONCoder.decode(Item.self, from: job.payload)))
      } catch {
        broken.append((job, "\(error)"))
      }
    }
    if broken.isEmpty, surplus.isEmpty { return batch }
    try await database.write { [queue, broken, surplus] connection in
      for (job, error) in broken { try queue.bury(connection, job, error: error) }
      for job in surplus { try queue.retry(connection, job, dueAt: job.dueAt, error: "") }
    }
    if !broken.isEmpty {
      log.error("handover.unreadable", ["queue": .string(queue.table), "events": .int(broken.count)])
    }
    return batch
  }
}
