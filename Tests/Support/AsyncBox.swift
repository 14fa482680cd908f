import Synchronization

/// Values handed from the code under test to the test, which waits for the next one with a limit.
package final class AsyncBox<Value: Sendable>: Sendable {
  private struct State {
    var waiting: [(id: Int, continuation: CheckedContinuation<Value, any Error>)] = []
    var values: [Value] = []
    var nextID = 0
  }

  private let state = Mutex(State())

  package init() {}

  /// Adds a value, or gives it to the one who has waited longest. From any thread.
  package func put(_ value: Value) {
    let waiter = state.withLock { state -> CheckedContinuation<Value, any Error>? in
      if !state.waiting.isEmpty { return state.waiting.removeFirst().continuation }
      state.values.append(value)
      return nil
    }
    waiter?.resume(returning: value)
  }

  /// Values that nobody has taken.
  package var count: Int { state.withLock { $0.values.count } }

  /// Takes the oldest value; waits for one, but not longer than `limit`.
  package func next(within limit: Duration = .seconds(10), _ what: String = "a value") async throws -> Value {
    try await limited(to: limit, what) { try await self.take() }
  }

  private func take() async throws -> Value {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let present = state.withLock { state -> Result<Value, any Error>? in
          if !state.values.isEmpty { return .success(state.values.removeFirst()) }
          // Cancelled before it waited: the handler below has run already and found nothing.
          if Task.isCancelled { return .failure(CancellationError()) }
          state.waiting.append((id, continuation))
          return nil
        }
        if let present { continuation.resume(with: present) }
      }
    } onCancel: {
      let waiter = state.withLock { state -> CheckedContinuation<Value, any Error>? in
        guard let index = state.waiting.firstIndex(where: { $0.id == id }) else { return nil }
        return state.waiting.remove(at: index).continuation
      }
      waiter?.resume(throwing: CancellationError())
    }
  }
}
