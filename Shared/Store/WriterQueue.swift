/// What waits for the writer, in the order it is to be done, and what was done so far.
struct WriterQueue {
  enum Kind { case shared, alone, background }

  /// What the writer does next.
  enum Turn {
    /// Writes that share one transaction; at least one.
    case transaction([any StoreJob])
    /// A background write, in a transaction of its own.
    case background(any StoreJob)
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
  private var background: [(job: any StoreJob, since: Int64)] = []
  /// When the last turn of prompt writes ended, in `MonitorClock`'s nanoseconds.
  private var lastPrompt: Int64 = 0
  private var lastBackground: Int64 = 0

  /// Writes that wait.
  var count: Int { prompt.count + background.count }

  mutating func add(_ job: any StoreJob, as kind: Kind, at now: Int64) {
    if kind == .background {
      background.append((job, now))
    } else {
      prompt.append(Request(job: job, isAlone: kind == .alone))
    }
  }

  /// Takes the next turn, if there is one now. The end comes when the store is closed and all is done.
  mutating func takeTurn(_ limits: StoreLimits, at now: Int64) -> Monitor<WriterQueue>.Look<Turn> {
    if let next = background.first {
      // Callers that were just answered come back within this gap: an empty queue does not mean a pause.
      let pause = lastPrompt + Int64(limits.promptGapMicroseconds) * 1_000
      // Counted anew after each: those that waited together must not follow each other.
      let patience = max(next.since, lastBackground) + Int64(limits.backgroundWaitMilliseconds) * 1_000_000
      let due = prompt.isEmpty ? min(pause, patience) : patience
      if isClosed || now >= due {
        background.removeFirst()
        return .found(.background(next.job))
      }
      if prompt.isEmpty { return .notBefore(due) }
    }
    guard let first = prompt.first else { return isClosed ? .found(.end) : .nothing }
    if first.isAlone {
      prompt.removeFirst()
      return .found(.alone(first.job))
    }
    let jobs = prompt.prefix(limits.batch).prefix { !$0.isAlone }.map(\.job)
    prompt.removeFirst(jobs.count)
    return .found(.transaction(jobs))
  }

  /// A turn of prompt writes has ended.
  mutating func endedPrompt(at now: Int64) { lastPrompt = now }

  /// A background write has ended.
  mutating func endedBackground(at now: Int64) { lastBackground = now }
}
