import Dispatch
import Synchronization

/// Runs work that blocks, so many pieces at once, on threads of its own. The rest waits in order, up to a limit.
final class WorkLanes: Sendable {
  private struct State {
    var running = 0
    var waiting: [@Sendable () -> Void] = []
  }

  private let queue: DispatchQueue
  private let atOnce: Int
  private let limit: Int
  private let state = Mutex(State())

  init(_ label: String, atOnce: Int, waiting: Int) {
    queue = DispatchQueue(label: label, attributes: .concurrent)
    self.atOnce = atOnce
    limit = waiting
  }

  /// What `work` returns; nil, without running it, where too much waits already. `work` ends by itself: nothing here
  /// interrupts it.
  func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value? {
    await withCheckedContinuation { continuation in
      let job: @Sendable () -> Void = { continuation.resume(returning: work()) }
      let isTaken = state.withLock { state in
        if state.running < atOnce {
          state.running += 1
          start(job)
        } else if state.waiting.count < limit {
          state.waiting.append(job)
        } else {
          return false
        }
        return true
      }
      if !isTaken { continuation.resume(returning: nil) }
    }
  }

  private func start(_ job: @escaping @Sendable () -> Void) {
    queue.async { [self] in
      var next: (@Sendable () -> Void)? = job
      while let job = next {
        job()
        next = state.withLock { state in
          if state.waiting.isEmpty {
            state.running -= 1
            return nil
          }
          return state.waiting.removeFirst()
        }
      }
    }
  }
}
