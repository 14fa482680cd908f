// What a worker's timer, a metrics page and a person with a broken job need. All of it runs on a reader too, except
// `revive` and `discard`.
extension DurableQueue {
  /// The statements that must find their rows through an index, however large the table: for a test to explain.
  package var lookups: [String] {
    [
      statements.due, statements.dueInLane, statements.expired, statements.expiredInLane, statements.heads,
      statements.expiredHeads, statements.nextDue, statements.dueLanes, statements.buried,
    ]
  }

  /// When there is next something to lease: the earliest due time or end of a lease; nil when the queue is empty.
  package func nextDue(_ connection: Connection) throws -> Int64? {
    try connection.first(statements.nextDue) { try $0.optionalInt64(0) } ?? nil
  }

  /// Lanes with something to lease at `now`, in alphabetical order after `after`, at most `limit` of them. One step in
  /// the index per lane, however many jobs each has.
  package func dueLanes(
    _ connection: Connection, after: String? = nil, now: Int64, limit: Int
  ) throws -> [String] {
    // The first text after `after` is `after` with a NUL behind it.
    let first = after.map { $0 + "\0" } ?? ""
    return try connection.all(statements.dueLanes, first, now, max(limit, 0), limit: max(limit, 0)) { try $0.text(0) }
  }

  /// How much there is. Walks an index, about 0.1 s per million jobs: for a metrics page every few
  /// seconds, on a reader, not for every call.
  package func counts(_ connection: Connection, now: Int64) throws -> QueueCounts {
    let counts = try connection.first(statements.counts, now) { row in
      QueueCounts(
        ready: try row.int(0), due: try row.int(1), leased: try row.int(2), dead: try row.int(3),
        oldestDue: try row.optionalInt64(4))
    }
    return counts ?? QueueCounts()
  }

  /// Jobs that were given up, by id (which sorts by age), after the id `after`.
  package func buried(_ connection: Connection, after: String = "", limit: Int) throws -> [BuriedJob] {
    try connection.all(statements.buried, after, max(limit, 0), limit: max(limit, 0)) { row in
      BuriedJob(
        id: try row.text(0), lane: try row.text(1), payload: try row.blob(2), attempts: try row.int(3),
        createdAt: try row.int64(4), error: try row.optionalText(5) ?? "")
    }
  }

  /// Puts a buried job back, with its attempts at 0; false when there is none of this id.
  @discardableResult
  package func revive(_ connection: Connection, id: String, dueAt: Int64) throws(StoreFailure) -> Bool {
    try connection.execute(statements.revive, dueAt, id)
    return connection.changes == 1
  }

  /// Removes a job that is not leased at `now`, buried or not; false when there is none of this id.
  @discardableResult
  package func discard(_ connection: Connection, id: String, now: Int64) throws(StoreFailure) -> Bool {
    try connection.execute(statements.discard, id, now)
    return connection.changes == 1
  }
}
