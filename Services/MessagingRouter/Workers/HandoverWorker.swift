import Contracts
import JSON
import Store
import Synchronization
import Telemetry
import Transport
import Wire
import Workers

/// Hands status events over to `receipts` in batches, until each is acknowledged after its commit there.
final class HandoverWorker: Sendable {
  private static let batch = 256
  /// Half of what a frame holds by default.
  private static let batchBytes = 512 << 10

  private let database: Database
  private let receipts: Peer
  private let clock: WallClock
  private let log: Log
  private let handedOver: Counter
  /// Calls that failed one after the other.
  private let failures = Mutex(0)
  private let work: WorkLoop

  init(database: Database, receipts: Peer, loop: EventLoop, clock: WallClock, log: Log, metrics: Metrics) {
    self.database = database
    self.receipts = receipts
    self.clock = clock
    self.log = log
    handedOver = metrics.counter("wss_router_events_handed_over_total", "Status events acknowledged by receipts.")
    let box = TurnBox()
    work = WorkLoop("handover", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop() }

  private func turn() async throws -> WorkLoop.Next {
    let now = clock.now
    let (jobs, next) = try await database.write { connection in
      (
        try Schema.receiptOutbox.lease(connection, now: now, for: 60_000, limit: Self.batch),
        try Schema.receiptOutbox.nextDue(connection)
      )
    }
    if jobs.isEmpty { return next.map { .at(max($0, now + 10)) } ?? .idle }
    let batch = try await readable(jobs)
    if batch.isEmpty { return .again }
    let outcomes: [ReceiptsAPI.RecordEvents.Outcome]
    do throws(CallFailure) {
      outcomes = try await receipts.call(ReceiptsAPI.RecordEvents(events: batch.map(\.event))).outcomes
      guard outcomes.count == batch.count else {
        throw .internal("\(outcomes.count) outcomes for \(batch.count) events", reason: "REPLY_UNREADABLE")
      }
    } catch {
      let tries = failures.withLock { failures in
        failures += 1
        return failures
      }
      let delay = Int64.random(in: 100...min(5_000, 200 << Int64(min(tries, 6))))
      try await database.write { connection in
        for (job, _) in batch {
          try Schema.receiptOutbox.retry(connection, job, dueAt: now + delay, error: error.message)
        }
      }
      log.info("handover.failed", ["events": .int(batch.count), "reason": .string(error.reason)])
      return .at(now + delay)
    }
    failures.withLock { $0 = 0 }
    try await database.write { connection in
      for ((job, _), outcome) in zip(batch, outcomes) {
        switch outcome {
        case .stored, .known: try Schema.receiptOutbox.complete(connection, job)
        case .refused: try Schema.receiptOutbox.bury(connection, job, error: "refused by receipts")
        }
      }
    }
    let refused = outcomes.count { $0 == .refused }
    if refused > 0 { log.error("handover.refused", ["events": .int(refused)]) }
    handedOver.increment(by: outcomes.count)
    return .again
  }

  /// The events of a batch; one that cannot be read is buried, and what does not fit one frame goes back.
  private func readable(_ jobs: [QueuedJob]) async throws -> [(job: QueuedJob, event: StatusEvent)] {
    var batch: [(job: QueuedJob, event: StatusEvent)] = []
    var broken: [(QueuedJob, String)] = []
    var surplus: [QueuedJob] = []
    var bytes = 0
    for job in jobs {
      bytes += job.payload.count
      if bytes > Self.batchBytes, !batch.isEmpty {
        surplus.append(job)
        continue
      }
      do throws(JSONDecodingFailure) {
        batch.append((job, try JSONCoder.decode(StatusEvent.self, from: job.payload)))
      } catch {
        broken.append((job, "\(error)"))
      }
    }
    if broken.isEmpty, surplus.isEmpty { return batch }
    try await database.write { [broken, surplus] connection in
      for (job, error) in broken { try Schema.receiptOutbox.bury(connection, job, error: error) }
      for job in surplus { try Schema.receiptOutbox.retry(connection, job, dueAt: job.dueAt, error: "") }
    }
    if !broken.isEmpty { log.error("handover.unreadable", ["events": .int(broken.count)]) }
    return batch
  }
}
