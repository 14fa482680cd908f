/// An event did not happen within its limit.
package struct TimedOut: Error, CustomStringConvertible {
  package let description: String

  package init(waitingFor what: String, limit: Duration) { description = "\(what): not within \(limit)" }
}

/// Asks `condition` again and again until it holds. Only where nothing announces the event: a child
/// process, a file, another machine's state. Otherwise wait on a `Latch` or an `AsyncBox`.
package func eventually(
  within limit: Duration = .seconds(10), _ what: String, _ condition: () async throws -> Bool
) async throws {
  let end = ContinuousClock.now + limit
  var pause = Duration.milliseconds(1)
  while !(try await condition()) {
    if ContinuousClock.now >= end { throw TimedOut(waitingFor: what, limit: limit) }
    try await Task.sleep(for: pause)
    pause = min(pause * 2, .milliseconds(50))
  }
}

/// Runs `body` and gives up, cancelling it, when it takes longer than `limit`.
package func limited<Value: Sendable>(
  to limit: Duration, _ what: String, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: Value?.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try await Task.sleep(for: limit)
      return nil
    }
    defer { group.cancelAll() }
    guard let first = try await group.next(), let value = first else {
      throw TimedOut(waitingFor: what, limit: limit)
    }
    return value
  }
}
