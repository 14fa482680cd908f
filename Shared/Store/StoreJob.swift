/// A closure that waits for a thread of the store, and the caller that waits for its outcome.
protocol StoreJob: Sendable {
  /// Runs the closure and keeps its outcome; whether it succeeded.
  func run(on connection: Connection, seconds: Int) -> Bool
  /// Replaces the outcome: the transaction around it failed.
  func fail(_ failure: StoreFailure)
  /// Whether the outcome is a failure.
  var hasFailed: Bool { get }
  /// Lets the caller go on with the outcome. Called once.
  func finish()
}

/// A job with its result type.
final class Job<Value: Sendable>: StoreJob, @unchecked Sendable {
  // Sendable: `outcome` is touched by one thread at a time. The caller makes the job and hands it over under the queue's
  // lock; from there the one thread that took it runs, fails and finishes it.
  private let body: @Sendable (Connection) throws -> Value
  private let continuation: CheckedContinuation<Value, any Error>
  private var outcome: Result<Value, any Error>?

  init(
    _ body: @escaping @Sendable (Connection) throws -> Value, continuation: CheckedContinuation<Value, any Error>
  ) {
    self.body = body
    self.continuation = continuation
  }

  func run(on connection: Connection, seconds: Int) -> Bool {
    outcome = Result { try connection.lend(for: seconds, body) }
    return !hasFailed
  }

  var hasFailed: Bool {
    if case .failure = outcome { return true }
    return false
  }

  func fail(_ failure: StoreFailure) { outcome = .failure(failure) }

  func finish() {
    continuation.resume(with: outcome ?? .failure(StoreFailure(.closed, "the store was closed")))
  }
}
