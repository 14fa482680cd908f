import Contracts
import JSON
import Store
import Telemetry
import Transport
import Wire
import Workers

/// Hands status events over to `receipts` in batches, until each is acknowledged after its commit there.
final class HandoverWorker: Sendable {
  private static let batch = 256

  private let database: Database
  private let receipts: Peer
  private let clock: WallClock
  private let log: Log
  private let handedOver: Counter
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
    let events = try jobs.map { try JSONCoder.decode(StatusEvent.self, from: $0.payload) }
    let outcomes: [ReceiptsAPI.RecordEvents.Outcome]
    do throws(CallFailure) {
      outcomes = try await receipts.call(ReceiptsAPI.RecordEvents(events: events)).outcomes
    } catch {
      let delay = Int64.random(in: 200...1_000)
      try await database.write { connection in
        for job in jobs {
          try Schema.receiptOutbox.retry(connection, job, dueAt: now + delay, error: error.message)
        }
      }
      log.info("handover.failed", ["events": .int(jobs.count), "reason": .string(error.reason)])
      return .at(now + delay)
    }
    try await database.write { connection in
      for (job, outcome) in zip(jobs, outcomes) {
        switch outcome {
        case .stored, .known: try Schema.receiptOutbox.complete(connection, job)
        case .refused: try Schema.receiptOutbox.bury(connection, job, error: "refused by receipts")
        }
      }
    }
    handedOver.increment(by: outcomes.count)
    return .again
  }
}
