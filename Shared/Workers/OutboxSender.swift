package import Store
package import Telemetry
package import Transport
import Wire

/// Sends what lies in a queue to another service until that has acknowledged it: one of each lane at a time, lanes side
/// by side.
package final class OutboxSender: Sendable {
  /// Hands a payload over. A `CallFailure` of an invalid argument, or of something not found, is given up and kept aside;
  /// anything else is tried again.
  package typealias Send = @Sendable (_ payload: [UInt8]) async throws -> Void

  private static let batch = 16
  private static let leaseMilliseconds: Int64 = 30_000
  private static let longestPause: Int64 = 15_000

  private enum Outcome: Sendable {
    case acknowledged
    case later(String)
    case never(String)
  }

  private let queue: DurableQueue
  private let database: Database
  private let interval: Int64
  private let clock: WallClock
  private let log: Log
  private let send: Send
  private let work: WorkLoop

  /// `interval` is how often it looks without being woken, in milliseconds.
  package init(
    _ queue: DurableQueue, database: Database, interval: Int64 = 60_000, loop: EventLoop, clock: WallClock, log: Log,
    send: @escaping Send
  ) {
    self.queue = queue
    self.database = database
    self.interval = interval
    self.clock = clock
    self.log = log
    self.send = send
    let box = TurnBox()
    work = WorkLoop(queue.table, loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  package func start() { work.start() }
  /// Something was put into the queue.
  package func wake() { work.wake() }
  /// What is on its way is called off, and sent again after the next start.
  package func stop() async { await work.stop(cancelling: true) }

  private func turn() async throws -> WorkLoop.Next {
    let jobs = try await database.write { [queue, clock] connection in
      try queue.leaseOnePerLane(connection, now: clock.now, for: Self.leaseMilliseconds, limit: Self.batch)
    }
    if jobs.isEmpty {
      let look = clock.now + interval
      let next = try await database.read { [queue] in try queue.nextDue($0) }
      return .at(min(look, next ?? look))
    }
    let outcomes = await withTaskGroup(of: (Int, Outcome).self) { group in
      for (index, job) in jobs.enumerated() { group.addTask { (index, await self.hand(over: job)) } }
      return await group.reduce(into: [Int: Outcome]()) { $0[$1.0] = $1.1 }
    }
    try await database.write { [queue, clock, log] connection in
      for (index, job) in jobs.enumerated() {
        switch outcomes[index] {
        case .acknowledged:
          try queue.complete(connection, job)
        case .never(let why):
          try queue.bury(connection, job, error: why)
          log.fault("outbox.buried", ["queue": .string(queue.table), "id": .string(job.id), "error": .string(why)])
        case .later(let why):
          let pause = min(Self.longestPause, 250 << Int64(min(job.attempts, 10)))
          try queue.retry(connection, job, dueAt: clock.now + .random(in: (pause / 2)...pause), error: why)
        case nil: break
        }
      }
    }
    return .again
  }

  private func hand(over job: QueuedJob) async -> Outcome {
    do {
      try await send(job.payload)
      return .acknowledged
    } catch let failure as CallFailure where failure.code == .invalidArgument || failure.code == .notFound {
      return .never(failure.description)
    } catch {
      return .later("\(error)")
    }
  }
}
