import Synchronization

/// So many times, and how often it was.
final class Countdown: Sendable {
  private let state: Mutex<(left: Int, taken: Int)>

  init(_ count: Int) { state = Mutex((count, 0)) }

  func take() -> Bool {
    state.withLock { state in
      if state.left == 0 { return false }
      state.left -= 1
      state.taken += 1
      return true
    }
  }

  var taken: Int { state.withLock { $0.taken } }
}
