import Synchronization
package import Transport

/// Tells those who wait that something was committed. Holds nothing but the fact: what changed is in the database.
package final class ChangeNotifier: Sendable {
  private struct State {
    var generation: UInt64 = 0
    var isClosed = false
    var nextWaiter: UInt64 = 0
    var waiters: [UInt64: CheckedContinuation<Bool, Never>] = [:]
  }

  private enum Verdict { case waits, over, refused }

  /// Beyond this many nobody may wait; callers then ask again.
  package static let maximumWaiters = 256

  private let loop: EventLoop
  private let state = Mutex(State())
  private let listeners = Mutex<[@Sendable () -> Void]>([])

  /// Waits on `loop`'s timers.
  package init(loop: EventLoop) { self.loop = loop }

  /// Calls `listener` at every announcement, from its thread: the place to wake a worker. It must not block.
  package func onAnnounce(_ listener: @escaping @Sendable () -> Void) { listeners.withLock { $0.append(listener) } }

  /// Counts up with every announcement.
  package var generation: UInt64 { state.withLock { $0.generation } }

  /// How many wait now.
  package var waiterCount: Int { state.withLock { $0.waiters.count } }

  /// Something was committed. From any thread.
  package func announce() {
    let waiters = state.withLock { state in
      state.generation += 1
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume(returning: true) }
    for listener in listeners.withLock({ $0 }) { listener() }
  }

  /// Lets everybody go, and nobody wait again: the service stops.
  package func close() {
    state.withLock { $0.isClosed = true }
    announce()
  }

  /// Returns at the first announcement after `generation`, after `limit`, or when the task is cancelled. False when
  /// there is no waiting here: the caller must not try again at once.
  package func wait(after generation: UInt64, atMost limit: Duration) async -> Bool {
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let verdict = state.withLock { state -> Verdict in
          if state.isClosed || Task.isCancelled || state.waiters.count >= Self.maximumWaiters { return .refused }
          if state.generation != generation { return .over }
          state.waiters[id] = continuation
          return .waits
        }
        switch verdict {
        case .waits: loop.execute { self.loop.schedule(after: limit) { self.release(id) } }
        case .over: continuation.resume(returning: true)
        case .refused: continuation.resume(returning: false)
        }
      }
    } onCancel: {
      release(id)
    }
  }

  private func release(_ id: UInt64) {
    state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: true)
  }
}
