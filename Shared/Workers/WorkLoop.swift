import Synchronization
package import Telemetry
package import Transport

/// Runs turns of background work one after the other: on a wake-up, when something falls due, or again at
/// once while more is waiting. A turn that throws is logged and tried again with a growing, jittered pause.
///
/// The loop owns its task; `stop` lets the running turn finish and waits for it.
package final class WorkLoop: Sendable {
  /// When the next turn is due.
  package enum Next: Sendable, Equatable {
    /// More is waiting: run again at once.
    case again
    /// Nothing before this moment (wall clock, ms) unless woken.
    case at(Int64)
    /// Nothing until woken.
    case idle
  }

  private struct State {
    var isWoken = false
    var isStopping = false
    var failures = 0
    /// Which pause is being waited for: a timer of an older pause must not end a newer one.
    var pause: UInt64 = 0
    var sleeper: CheckedContinuation<Void, Never>?
    /// Ends the pause; cancelled when something else did, so that busy loops leave no timers behind.
    var timer: LoopTimer?
    var task: Task<Void, Never>?
  }

  /// Longest pause before looking at the clock again: bounds the harm of a wall clock that jumps.
  private static let longestPause = Duration.seconds(60)

  private let name: String
  private let loop: EventLoop
  private let clock: WallClock
  private let log: Log
  private let turn: @Sendable () async throws -> Next
  private let state = Mutex(State())

  /// `name` appears in logs, for example `inbox`.
  package init(
    _ name: String, loop: EventLoop, clock: WallClock, log: Log, turn: @escaping @Sendable () async throws -> Next
  ) {
    self.name = name
    self.loop = loop
    self.clock = clock
    self.log = log
    self.turn = turn
  }

  /// Starts the turns; a second call does nothing.
  package func start() {
    state.withLock { state in
      if state.task != nil || state.isStopping { return }
      state.task = loop.spawn { await self.run() }
    }
  }

  /// Something changed: run a turn soon. Many calls before that turn are one. From any thread.
  package func wake() {
    let sleeper = state.withLock { state in
      state.isWoken = true
      defer { state.sleeper = nil }
      return state.sleeper
    }
    sleeper?.resume()
  }

  /// Starts no further turn and waits for the running one, which is asked to give up when `cancelling`.
  package func stop(cancelling: Bool = false) async {
    let (task, sleeper) = state.withLock { state in
      state.isStopping = true
      defer { state.sleeper = nil }
      return (state.task, state.sleeper)
    }
    sleeper?.resume()
    if cancelling { task?.cancel() }
    await task?.value
  }

  private var isStopping: Bool { state.withLock { $0.isStopping } }

  private func run() async {
    while !isStopping {
      do {
        let next = try await turn()
        state.withLock { $0.failures = 0 }
        switch next {
        case .again: await Task.yield()
        case .idle: await pause(Self.longestPause)
        case .at(let moment):
          let wait = Duration.milliseconds(max(0, moment - clock.now))
          await pause(min(wait, Self.longestPause))
        }
      } catch {
        // Called off by `stop`: not a failure.
        if isStopping { return }
        let failures = state.withLock { state in
          state.failures += 1
          // A wake-up must not turn a failing loop into a spinning one.
          state.isWoken = false
          return state.failures
        }
        log.error("work.failed", ["loop": .string(name), "error": .string("\(error)"), "failures": .int(failures)])
        let ceiling = min(5_000, 100 << min(failures, 6))
        await pause(.milliseconds(Int.random(in: 50...max(51, ceiling))))
      }
    }
  }

  private func pause(_ limit: Duration) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let pause: UInt64? = state.withLock { state in
        if state.isWoken || state.isStopping {
          state.isWoken = false
          return nil
        }
        state.pause += 1
        state.sleeper = continuation
        return state.pause
      }
      guard let pause else { return continuation.resume() }
      loop.execute {
        guard self.isSleeping(pause) else { return }
        let timer = self.loop.schedule(after: limit) { self.timeUp(pause) }
        self.state.withLock { $0.timer = timer }
      }
    }
    let timer = state.withLock { state -> LoopTimer? in
      state.isWoken = false
      defer { state.timer = nil }
      return state.timer
    }
    if let timer { loop.execute { self.loop.cancel(timer) } }
  }

  private func isSleeping(_ pause: UInt64) -> Bool {
    state.withLock { $0.pause == pause && $0.sleeper != nil }
  }

  private func timeUp(_ pause: UInt64) {
    let sleeper = state.withLock { state -> CheckedContinuation<Void, Never>? in
      if state.pause != pause { return nil }
      defer { state.sleeper = nil }
      return state.sleeper
    }
    sleeper?.resume()
  }
}
