/// The one thread that writes. It takes all that waits, runs it in one transaction, commits once and answers everyone:
/// the dearer a commit is, the more it carries.
final class Writer: Sendable {
  private let queue: Monitor<WriterQueue>
  private let limits: StoreLimits
  private let thread: StoreThread

  /// Starts the thread. It owns `connection` and one hold on `lock` until it ends.
  init(_ connection: sending Connection, lock: FileLock, limits: StoreLimits) throws(StoreFailure) {
    let queue = Monitor(WriterQueue())
    // Handed over: from here on only the new thread touches it.
    nonisolated(unsafe) let owned = Owned(connection)
    thread = try StoreThread(named: "store-writer", stackKiB: limits.threadStackKiB) {
      if let connection = owned.take() { WriterLoop(connection: connection, queue: queue, limits: limits).run() }
      lock.letGo()  // the connection is closed: it lived in the line above
    }
    self.queue = queue
    self.limits = limits
  }

  /// Lets the thread take the connection with it, so that it closes where it was used.
  private final class Owned {
    private var connection: Connection?
    init(_ connection: Connection) { self.connection = connection }
    func take() -> Connection? {
      defer { connection = nil }
      return connection
    }
  }

  /// Queues a job, or fails it at once when the queue is full or closed.
  func submit(_ job: any StoreJob, as kind: WriterQueue.Kind) {
    let refusal: StoreFailure? = queue.withLock { queue in
      guard !queue.isClosed else { return StoreFailure(.closed, "the store was closed") }
      guard queue.count < limits.writeQueue else {
        queue.statistics.refusedWrites += 1
        return StoreFailure(.overloaded, "\(limits.writeQueue) writes are waiting")
      }
      queue.add(job, as: kind, at: MonitorClock.now)
      return nil
    }
    guard let refusal else { return queue.signal() }
    job.fail(refusal)
    job.finish()
  }

  var statistics: StoreStatistics {
    queue.withLock { queue in
      var statistics = queue.statistics
      statistics.writeQueueDepth = queue.count
      return statistics
    }
  }

  /// Refuses new writes, finishes those that wait, and ends the thread.
  func close() {
    let wasClosed = queue.withLock { queue in
      defer { queue.isClosed = true }
      return queue.isClosed
    }
    guard !wasClosed else { return }
    queue.signal()
    thread.join()
  }
}
