/// A few threads that read, each with its own connection. Threads and connections come with the first read that needs
/// them: an idle service pays for none.
final class Readers: Sendable {
  private let pool = Monitor(Pool())
  private let path: String
  private let lock: FileLock
  private let limits: StoreLimits

  private struct Pool {
    var waiting: [any StoreJob] = []
    var idle = 0
    var threads: [StoreThread] = []
    var isClosed = false
    var reads = 0
    var waited = 0
    var refused = 0
  }

  init(path: String, lock: FileLock, limits: StoreLimits) {
    self.path = path
    self.lock = lock
    self.limits = limits
  }

  /// Queues a job, or fails it at once when the queue is full or closed.
  func submit(_ job: any StoreJob) {
    do throws(StoreFailure) {
      try pool.withLock { pool throws(StoreFailure) in try enqueue(job, in: &pool) }
      pool.signal()
    } catch {
      job.fail(error)
      job.finish()
    }
  }

  private func enqueue(_ job: any StoreJob, in pool: inout Pool) throws(StoreFailure) {
    guard !pool.isClosed else { throw StoreFailure(.closed, "the store was closed") }
    guard pool.waiting.count - pool.idle < max(limits.readQueue, 1) else {
      pool.refused += 1
      throw StoreFailure(.overloaded, "\(limits.readQueue) reads are waiting")
    }
    if pool.waiting.count >= pool.idle {
      if pool.threads.count < max(limits.readers, 1) {
        lock.hold()
        do throws(StoreFailure) {
          pool.threads.append(try startThread(number: pool.threads.count + 1))
        } catch {
          lock.letGo()
          // One reader too few is a slower store, none is a failure.
          if pool.threads.isEmpty { throw error }
        }
      } else {
        pool.waited += 1
      }
    }
    pool.waiting.append(job)
  }

  private func startThread(number: Int) throws(StoreFailure) -> StoreThread {
    let (pool, path, lock, limits) = (pool, path, lock, limits)
    return try StoreThread(named: "store-reader-\(number)", stackKiB: limits.threadStackKiB) {
      var connection: Connection?
      while let job = Self.next(from: pool) {
        do throws(StoreFailure) {
          if connection == nil { connection = try .reader(path: path, limits: limits) }
          if let connection { try Self.run(job, on: connection, seconds: limits.bodySeconds) }
        } catch {
          job.fail(error)
        }
        job.finish()
      }
      connection = nil
      lock.letGo()
    }
  }

  private static func next(from pool: Monitor<Pool>) -> (any StoreJob)? {
    pool.withLock { $0.idle += 1 }
    return pool.wait { pool in
      if pool.isClosed {
        pool.idle -= 1
        return .some(nil)
      }
      guard !pool.waiting.isEmpty else { return nil }
      pool.idle -= 1
      pool.reads += 1
      return pool.waiting.removeFirst()
    }
  }

  /// In a transaction, so that every query of one closure sees the same state.
  private static func run(_ job: any StoreJob, on connection: Connection, seconds: Int) throws(StoreFailure) {
    try connection.control("BEGIN")
    _ = job.run(on: connection, seconds: seconds)
    connection.dropHooks(after: 0)
    try connection.control("COMMIT")
  }

  func add(to statistics: inout StoreStatistics) {
    pool.withLock { pool in
      statistics.reads = pool.reads
      statistics.waitedReads = pool.waited
      statistics.refusedReads = pool.refused
      statistics.readQueueDepth = pool.waiting.count
    }
  }

  /// Refuses new reads, fails those that wait, lets those that run finish, and ends the threads.
  func close() {
    let (threads, waiting) = pool.withLock { pool in
      defer {
        pool.threads = []
        pool.waiting = []
        pool.isClosed = true
      }
      return (pool.threads, pool.waiting)
    }
    pool.broadcast()
    for job in waiting {
      job.fail(StoreFailure(.closed, "the store was closed"))
      job.finish()
    }
    for thread in threads { thread.join() }
  }
}
