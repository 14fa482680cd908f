import Contracts
import GraphAPI
import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Keeps the copy of Meta's templates true: every account's list in turn, single templates when there is a reason.
final class TemplateSync: Sendable {
  /// What can be due.
  enum Job: Hashable, Sendable, CustomStringConvertible {
    case all(TemplateScope)
    case one(TemplateID)

    var description: String {
      switch self {
      case .all(let scope): "list of \(scope.waba)"
      case .one(let id): id.text
      }
    }
  }

  private static let concurrency = 2

  private let reader: TemplateReader
  private let interval: Int64
  private let log: Log
  private let runs: DueRuns<Job>
  /// Up at the start, and when senders changed: accounts may be new.
  private let mustAdopt: Flag

  /// Raised from any thread, lowered by the loop.
  private final class Flag: Sendable {
    let isUp = Mutex(true)
  }

  /// `interval` in milliseconds.
  init(_ reader: TemplateReader, interval: Int64, loop: EventLoop, log: Log) {
    self.reader = reader
    self.interval = interval
    self.log = log
    let flag = Flag()
    mustAdopt = flag
    let (database, clock) = (reader.database, reader.clock)
    let box = PerformBox()
    runs = DueRuns(
      "templates",
      .init(
        interrupted: "templates.sync_failed", notPostponed: "templates.sync_not_postponed", noun: "templates",
        concurrency: Self.concurrency,
        find: { try await Self.find(database, flag, at: clock.now) },
        perform: { try await box.perform($0) },
        postpone: { try await Self.postpone($0, database, to: clock.now + 60_000) }), loop: loop, clock: clock, log: log
    )
    box.set { [weak self] in try await self?.perform($0) }
  }

  /// The worker is needed to make the loop, and the loop to make the worker.
  private final class PerformBox: Sendable {
    private let body = Mutex<(@Sendable (Job) async throws -> Void)?>(nil)

    func set(_ body: @escaping @Sendable (Job) async throws -> Void) { self.body.withLock { $0 = body } }
    func perform(_ job: Job) async throws { try await body.withLock { $0 }?(job) }
  }

  func start() { runs.start() }
  func wake() { runs.wake() }
  func stop() async { await runs.stop() }

  /// A sender came, went, or changed.
  func replicaChanged() {
    mustAdopt.isUp.withLock { $0 = true }
    runs.wake()
  }

  private static func find(
    _ database: Database, _ flag: Flag, at now: Int64
  ) async throws -> (due: [DueRuns<Job>.Due], next: Int64?) {
    if flag.isUp.withLock({ $0 }) {
      flag.isUp.withLock { $0 = false }
      do {
        _ = try await database.write(.background) { try TemplateSyncRow.adopt(at: now, $0) }
      } catch {
        flag.isUp.withLock { $0 = true }
        throw error
      }
    }
    return try await database.read { connection in
      let stale = try TemplateStale.due(at: now, limit: 2 * concurrency, connection)
      let scopes = try TemplateSyncRow.due(at: now, limit: 2 * concurrency, connection)
      let due = stale.map { Job.one($0) } + scopes.map { Job.all($0) }
      let next = [
        try TemplateStale.nextDue(after: now, connection), try TemplateSyncRow.nextDue(after: now, connection),
      ].compactMap { $0 }.min()
      return (due.map { DueRuns<Job>.Due(id: $0) }, next)
    }
  }

  private static func postpone(_ job: Job, _ database: Database, to moment: Int64) async throws {
    try await database.write { connection in
      switch job {
      case .one(let id): try TemplateStale.settle(id, dueAt: moment, connection)
      case .all(let scope): try TemplateSyncRow.failed(scope, why: "interrupted", dueAt: moment, connection)
      }
    }
  }

  private func perform(_ job: Job) async throws {
    do {
      switch job {
      case .one(let id):
        try await reader.readOne(id)
        // Also where there was nothing to read.
        try await reader.database.write { try TemplateStale.settle(id, dueAt: nil, $0) }
      case .all(let scope):
        // It may have been read since it was found due.
        let now = reader.clock.now
        guard try await reader.database.read({ try TemplateSyncRow.isDue(scope, at: now, $0) }) else { return }
        let report = try await reader.readAll(scope)
        log.info(
          "templates.synced",
          ["waba": .string(scope.waba), "total": .int(report.total), "deleted": .int(report.deleted)])
      }
    } catch let failure as TemplateReader.Failure {
      try await putOff(job, failure)
    }
  }

  private func putOff(_ job: Job, _ failure: TemplateReader.Failure) async throws {
    log.notice("templates.not_synced", ["templates": .string(job.description), "error": .string("\(failure)")])
    let now = reader.clock.now
    let interval = interval
    try await reader.database.write { connection in
      switch job {
      case .one(let id):
        // The whole list, which is read anyway, makes it good.
        let isPassing = failure.retryMilliseconds != nil
        try TemplateStale.settle(id, dueAt: isPassing ? now + (failure.retryMilliseconds ?? 0) : nil, connection)
      case .all(let scope):
        let failures = try TemplateSyncRow.failures(scope, connection)
        let backoff = min(60_000 << Int64(min(failures, 6)), interval)
        let dueAt = now + max(backoff, failure.retryMilliseconds ?? interval)
        try TemplateSyncRow.failed(scope, why: "\(failure)", dueAt: dueAt, connection)
      }
    }
  }
}

extension TemplateReader.Failure {
  /// How long to wait before it may go better; nil when waiting does not help.
  fileprivate var retryMilliseconds: Int64? {
    switch self {
    case .running: 5_000
    case .used(let regain): regain
    case .graph(.notSent), .graph(.unknown): 60_000
    case .graph(.answered(let error)) where error.isCallLimit:
      max(error.retryAfterMilliseconds ?? 0, error.usage?.regainMilliseconds ?? 0, 300_000)
    case .graph(.answered(let error)) where error.mayRetrySend: error.retryAfterMilliseconds ?? 60_000
    case .graph, .noSender, .tokenUnreadable, .tooLong, .exampleGone, .examplesBusy: nil
    }
  }
}
