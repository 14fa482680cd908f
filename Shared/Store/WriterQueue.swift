/// What waits for the writer, in the order it is to be done, and what was done so far.
struct WriterQueue {
  enum Kind { case shared, alone, background }

  /// What the writer does next.
  enum Turn {
    /// Writes that share one transaction; at least one.
    case transaction([any StoreJob])
    /// A job that cannot run inside a transaction, such as a checkpoint.
    case alone(any StoreJob)
    case end
  }

  private struct Request {
    let job: any StoreJob
    let isAlone: Bool
  }

  var isClosed = false
  var statistics = StoreStatistics()
  private var prompt: [Request] = []
  private var background: [any StoreJob] = []
  /// Commits that went ahead of the background write that waits longest.
  private var overtaken = 0

  /// Writes that wait.
  var count: Int { prompt.count + background.count }

  mutating func add(_ job: any StoreJob, as kind: Kind) {
    if kind == .background {
      background.append(job)
    } else {
      prompt.append(Request(job: job, isAlone: kind == .alone))
    }
  }

  /// Takes the next turn; nil while there is nothing to do. The end comes when the store is closed and all is done.
  mutating func takeTurn(_ limits: StoreLimits) -> Turn? {
    if !background.isEmpty, prompt.isEmpty || overtaken >= limits.promptCommits {
      overtaken = 0
      return .transaction([background.removeFirst()])
    }
    guard let first = prompt.first else { return isClosed ? .end : nil }
    if !background.isEmpty { overtaken += 1 }
    if first.isAlone {
      prompt.removeFirst()
      return .alone(first.job)
    }
    let jobs = prompt.prefix(limits.batch).prefix { !$0.isAlone }.map(\.job)
    prompt.removeFirst(jobs.count)
    return .transaction(jobs)
  }
}
