import Dispatch
import Synchronization

/// Looks at a client's time limits 20 times a second while anything runs: cheaper than a timer per limit, and exact
/// enough for limits in seconds.
final class LimitTicker: Sendable {
  enum Pace { case stopped, slow, fast }

  private struct State {
    var pace = Pace.stopped
    var generation = 0
  }

  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "outbound.timer")
  private let look: @Sendable () -> Void
  private let pace: @Sendable () -> Pace

  /// `look` applies the limits; `pace` says how soon to look again. `pace` is asked under the ticker's lock.
  init(look: @escaping @Sendable () -> Void, pace: @escaping @Sendable () -> Pace) {
    self.look = look
    self.pace = pace
  }

  /// Looks at the fast pace from now on; to be called after there is something to look at.
  func hurry() {
    let generation = state.withLock { state -> Int? in
      if state.pace == .fast { return nil }
      state.pace = .fast
      state.generation += 1
      return state.generation
    }
    if let generation { schedule(generation, after: .milliseconds(50)) }
  }

  private func schedule(_ generation: Int, after interval: DispatchTimeInterval) {
    queue.asyncAfter(deadline: .now() + interval) { [weak self] in self?.tick(generation) }
  }

  private func tick(_ generation: Int) {
    guard state.withLock({ $0.generation == generation }) else { return }
    look()
    let next = state.withLock { state -> DispatchTimeInterval? in
      guard state.generation == generation else { return nil }
      // Asked in here: between an answer of "nothing to do" and its effect, a `hurry` would find the old pace.
      state.pace = pace()
      return switch state.pace {
      case .fast: .milliseconds(50)
      case .slow: .seconds(10)
      case .stopped: nil
      }
    }
    if let next { schedule(generation, after: next) }
  }
}
