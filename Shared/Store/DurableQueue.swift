/// A queue in a table: jobs with a due time, leased to one worker at a time, kept until they are done.
///
/// A worker leases, works, and completes (or retries, or buries) in later writes. One that dies lets its lease run out
/// and the job goes to somebody else: at least once, never lost. All times are milliseconds since 1970.
package struct DurableQueue: Sendable {
  /// The longest error text kept with a job, in bytes.
  package static let errorBytes = 2048

  /// The table's name.
  package let table: String
  let statements: DurableQueueStatements

  /// A queue in `table`, which is lower-case letters and underscores: it becomes part of SQL text.
  package init(table: String) {
    let letters = "abcdefghijklmnopqrstuvwxyz_"
    precondition(!table.isEmpty && table.allSatisfy { letters.contains($0) }, "not a table name: \(table)")
    self.table = table
    statements = DurableQueueStatements(table: table)
  }

  /// The table and its indexes, for a `Migration`.
  package var schema: String { statements.schema }

  /// Adds a job; false when a job of this id is in the queue already (leased and buried ones count), which stays as it
  /// is. Ids of completed jobs are forgotten: who must refuse those too keeps them in a table of their own.
  @discardableResult
  package func enqueue(
    _ connection: Connection, id: String, lane: String = "", payload: [UInt8], dueAt: Int64, now: Int64
  ) throws(StoreFailure) -> Bool {
    try connection.execute(statements.enqueue, id, lane, payload, dueAt, now)
    return connection.changes == 1
  }

  /// Adds a job with a text as its payload.
  @discardableResult
  package func enqueue(
    _ connection: Connection, id: String, lane: String = "", payload: String, dueAt: Int64, now: Int64
  ) throws(StoreFailure) -> Bool {
    try enqueue(connection, id: id, lane: lane, payload: [UInt8](payload.utf8), dueAt: dueAt, now: now)
  }

  /// Leases up to `limit` jobs that are due and not leased, or whose lease ran out; those due longest first. With
  /// `lane` only that lane's, so that a worker per lane keeps order and one lane cannot starve another.
  package func lease(
    _ connection: Connection, lane: String? = nil, now: Int64, for milliseconds: Int64, limit: Int
  ) throws -> [QueuedJob] {
    let candidates = try candidates(connection, lane: lane, now: now, limit: max(limit, 0))
    return try lease(connection, candidates, until: now + milliseconds, limit: limit)
  }

  /// Leases at most one job of each lane, and none of a lane that has one leased: lanes go on side by side, the jobs of
  /// one lane one after the other, whoever works on them. A job whose lease ran out comes before the others of its
  /// lane; a retried one lets those pass that are due before its new time. Lanes due longest first.
  ///
  /// Costs a few steps in the index per lane with jobs, not per job.
  package func leaseOnePerLane(
    _ connection: Connection, now: Int64, for milliseconds: Int64, limit: Int
  ) throws -> [QueuedJob] {
    let limit = max(limit, 0)
    let expired = try connection.all(statements.expiredHeads, now, limit, limit: limit, map: Candidate.init)
    let heads = try connection.all(statements.heads, now, limit, limit: limit, map: Candidate.init)
    return try lease(connection, expired + heads, until: now + milliseconds, limit: limit)
  }

  private func lease(
    _ connection: Connection, _ candidates: [Candidate], until: Int64, limit: Int
  ) throws -> [QueuedJob] {
    let token = Int64.random(in: 1...Int64.max)
    return try candidates.sorted { ($0.dueAt, $0.row) < ($1.dueAt, $1.row) }.prefix(max(limit, 0)).compactMap {
      candidate in
      try connection.first(statements.lease, until, token, candidate.row) { row in
        QueuedJob(
          id: try row.text(0), lane: try row.text(1), payload: try row.blob(2), attempts: try row.int(3),
          dueAt: try row.int64(4), createdAt: try row.int64(5), leasedUntil: until,
          lastError: try row.optionalText(6), token: token)
      }
    }
  }

  /// Takes a finished job out; false when the lease is no longer this worker's.
  @discardableResult
  package func complete(_ connection: Connection, _ job: QueuedJob) throws(StoreFailure) -> Bool {
    try connection.execute(statements.complete, job.id, job.token)
    return connection.changes == 1
  }

  /// Gives a job back to be tried again at `dueAt`; false when the lease is no longer this worker's.
  @discardableResult
  package func retry(
    _ connection: Connection, _ job: QueuedJob, dueAt: Int64, error: String
  ) throws(StoreFailure) -> Bool {
    try connection.execute(statements.retry, dueAt, Self.shortened(error), job.id, job.token)
    return connection.changes == 1
  }

  /// Gives a job up and keeps it aside; false when the lease is no longer this worker's.
  @discardableResult
  package func bury(_ connection: Connection, _ job: QueuedJob, error: String) throws(StoreFailure) -> Bool {
    try connection.execute(statements.bury, Self.shortened(error), job.id, job.token)
    return connection.changes == 1
  }

  /// Keeps a lease for longer; false when it is no longer this worker's.
  @discardableResult
  package func extend(
    _ connection: Connection, _ job: QueuedJob, until: Int64
  ) throws(StoreFailure) -> Bool {
    try connection.execute(statements.extend, until, job.id, job.token)
    return connection.changes == 1
  }

  /// A prefix that ends at a character, not inside one.
  private static func shortened(_ error: String) -> String {
    guard error.utf8.count > errorBytes else { return error }
    return String(decoding: error.utf8.prefix(errorBytes), as: UTF8.self)
  }

  private struct Candidate {
    let row: Int64
    let dueAt: Int64

    init(_ row: Row) throws(StoreFailure) {
      self.row = try row.int64(0)
      dueAt = try row.int64(1)
    }
  }

  private func candidates(
    _ connection: Connection, lane: String?, now: Int64, limit: Int
  ) throws -> [Candidate] {
    guard let lane else {
      return try connection.all(statements.due, now, limit, limit: limit, map: Candidate.init)
        + connection.all(statements.expired, now, limit, limit: limit, map: Candidate.init)
    }
    return try connection.all(statements.dueInLane, lane, now, limit, limit: limit, map: Candidate.init)
      + connection.all(statements.expiredInLane, lane, now, limit, limit: limit, map: Candidate.init)
  }
}
