import Contracts
import JSON
import Store
import Telemetry
import Transport
import Wire
import Workers

/// Sends what lies in the outbox to the registry until it is acknowledged.
final class OutboxWorker: Sendable {
  typealias Send = @Sendable (RegistryOutbox.Message) async throws(CallFailure) -> Void

  private static let batch = 16
  private static let leaseMilliseconds: Int64 = 30_000
  private static let longestPause: Int64 = 15_000

  private enum Outcome: Sendable {
    case acknowledged
    case later(String)
    case never(String)
  }

  private let database: Database
  private let send: Send
  private let clock: WallClock
  private let log: Log
  private let work: WorkLoop

  init(database: Database, clock: WallClock, log: Log, box: TurnBox, work: WorkLoop, send: @escaping Send) {
    self.database = database
    self.send = send
    self.clock = clock
    self.log = log
    self.work = work
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop(cancelling: true) }

  private func turn() async throws -> WorkLoop.Next {
    let queue = RegistryOutbox.queue
    let jobs = try await database.write { [clock] connection in
      try queue.leaseOnePerLane(connection, now: clock.now, for: Self.leaseMilliseconds, limit: Self.batch)
    }
    if jobs.isEmpty {
      guard let next = try await database.read({ try queue.nextDue($0) }) else { return .idle }
      return .at(next)
    }
    let outcomes = await withTaskGroup(of: (Int, Outcome).self) { group in
      for (index, job) in jobs.enumerated() { group.addTask { (index, await self.hand(over: job)) } }
      return await group.reduce(into: [Int: Outcome]()) { $0[$1.0] = $1.1 }
    }
    try await database.write { [clock, log] connection in
      for (index, job) in jobs.enumerated() {
        switch outcomes[index] {
        case .acknowledged:
          try queue.complete(connection, job)
        case .never(let why):
          try queue.bury(connection, job, error: why)
          log.fault("outbox.buried", ["event_id": .string(job.id), "error": .string(why)])
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
    let message: RegistryOutbox.Message
    do throws(JSONDecodingFailure) {
      message = try RegistryOutbox.Message(job.payload)
    } catch {
      return .never("the payload is not an event: \(error)")
    }
    do throws(CallFailure) {
      try await send(message)
      return .acknowledged
    } catch {
      switch error.code {
      case .invalidArgument, .notFound: return .never(error.description)
      default: return .later(error.description)
      }
    }
  }
}
