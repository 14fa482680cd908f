import Synchronization

/// Answers whoever waits with the first result there is; later ones are dropped.
final class FirstAnswer: Sendable {
  private let waiting: Mutex<CheckedContinuation<PostResult, Never>?>

  init(_ continuation: CheckedContinuation<PostResult, Never>) { waiting = Mutex(continuation) }

  func give(_ result: PostResult) {
    let continuation = waiting.withLock { waiting in
      defer { waiting = nil }
      return waiting
    }
    continuation?.resume(returning: result)
  }
}
