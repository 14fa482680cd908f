/// What the writer's thread does.
struct WriterLoop {
  let connection: Connection
  let queue: Monitor<WriterQueue>
  let limits: StoreLimits

  func run() {
    while true {
      switch queue.wait(for: { $0.takeTurn(limits, at: MonitorClock.now) }) {
      case .alone(let job): runAlone(job)
      case .background(let job):
        runAll([job])
        queue.withLock { $0.endedBackground(at: MonitorClock.now) }
      case .transaction(let jobs):
        runAll(jobs)
        queue.withLock { $0.endedPrompt(at: MonitorClock.now) }
      case .end: return
      }
    }
  }

  private func runAll(_ jobs: [any StoreJob]) {
    var rest = jobs[...]
    while !rest.isEmpty { rest = runTransaction(rest) }
  }

  /// A job that cannot run inside a transaction, such as a checkpoint.
  private func runAlone(_ job: any StoreJob) {
    _ = job.run(on: connection, seconds: limits.bodySeconds)
    job.finish()
  }

  /// Runs `jobs` in one transaction and answers them. What is left when SQLite itself gave the transaction up half-way
  /// (disk full) is returned, for a transaction of its own.
  private func runTransaction(_ jobs: ArraySlice<any StoreJob>) -> ArraySlice<any StoreJob> {
    let began = ContinuousClock.now
    var ran = 0
    var succeeded = 0
    do {
      try connection.control("BEGIN IMMEDIATE")
      for job in jobs {
        ran += 1
        if try run(job, isOnly: jobs.count == 1) { succeeded += 1 }
      }
      try connection.control("COMMIT")
    } catch {
      return giveUp(jobs, ran: ran, because: error)
    }
    for hook in connection.takeHooks() { hook() }
    count(writes: succeeded, of: jobs.count, took: .now - began)
    for job in jobs { job.finish() }
    return []
  }

  /// Runs one job so that its failure undoes its own work only. Throws when the whole transaction is lost.
  private func run(_ job: any StoreJob, isOnly: Bool) throws(StoreFailure) -> Bool {
    let hooks = connection.hookCount
    if !isOnly { try connection.control("SAVEPOINT job") }
    var succeeded = job.run(on: connection, seconds: limits.bodySeconds)
    guard connection.isInTransaction else {
      // Disk full, I/O error, out of memory and a time-out make SQLite roll everything back by itself.
      // The closure keeps its own reason; its neighbours get the last one SQLite gave.
      throw connection.lastFailure
    }
    if succeeded, connection.hasForeignKeyDebt {
      job.fail(StoreFailure(.constraint(.foreignKey, extended: 787), "FOREIGN KEY constraint failed"))
      succeeded = false
    }
    if !succeeded { connection.dropHooks(after: hooks) }
    if isOnly {
      if !succeeded {
        connection.rollBack()
        try connection.control("BEGIN")
      }
      return succeeded
    }
    if !succeeded { try connection.control("ROLLBACK TO job") }
    try connection.control("RELEASE job")
    return succeeded
  }

  /// The transaction failed: every job that ran in it fails with the reason, none is acknowledged.
  private func giveUp(
    _ jobs: ArraySlice<any StoreJob>, ran: Int, because failure: StoreFailure
  ) -> ArraySlice<any StoreJob> {
    connection.rollBack()
    connection.dropHooks(after: 0)
    // Nothing ran: BEGIN itself failed and would fail again for the rest.
    let lost = ran == 0 ? jobs.count : ran
    queue.withLock { queue in
      queue.statistics.failedCommits += 1
      queue.statistics.failedWrites += lost
    }
    for job in jobs.prefix(lost) {
      if !job.hasFailed { job.fail(failure) }
      job.finish()
    }
    return jobs.dropFirst(lost)
  }

  private func count(writes: Int, of jobs: Int, took duration: Duration) {
    queue.withLock { queue in
      queue.statistics.failedWrites += jobs - writes
      guard writes > 0 else { return }
      queue.statistics.commits += 1
      queue.statistics.writes += writes
      queue.statistics.lastBatch = writes
      queue.statistics.largestBatch = max(queue.statistics.largestBatch, writes)
      queue.statistics.commitTimes.add(duration)
    }
  }
}
