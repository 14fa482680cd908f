import Contracts
import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Runs the onboardings that are due, several senders side by side, one run a sender.
final class OnboardingWorker: Sendable {
  /// Senders in work at the same time; the others wait their turn.
  static let concurrency = 16

  private struct State {
    var running: [SenderID: Task<Void, Never>] = [:]
    var isStopping = false
  }

  private let run: OnboardingRun
  private let loop: EventLoop
  private let state = Mutex(State())
  private let work: WorkLoop

  init(_ run: OnboardingRun, loop: EventLoop) {
    self.run = run
    self.loop = loop
    let box = TurnBox()
    work = WorkLoop("onboarding", loop: loop, clock: run.clock, log: run.log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  /// Unfinished onboardings of the last life are due at once.
  func start() { work.start() }

  /// An onboarding has something to do.
  func wake() { work.wake() }

  /// Starts no more and waits for those that run, which are asked to give up: their steps stay journalled as started.
  func stop() async {
    let running = state.withLock { state in
      state.isStopping = true
      return Array(state.running.values)
    }
    await work.stop()
    for task in running { task.cancel() }
    for task in running { await task.value }
  }

  private func turn() async throws -> WorkLoop.Next {
    let now = run.clock.now
    let limit = Self.concurrency
    let (due, next) = try await run.database.read { connection in
      // Those that run are among the due ones, so look further than there is room.
      (try connection.dueOnboardings(now: now, limit: 2 * limit), try connection.nextOnboardingDue(after: now))
    }
    for id in due { begin(id) }
    // What is due and could not begin is begun when one that runs has ended: that wakes this loop. One that runs for
    // long must not hide what falls due meanwhile.
    return next.map { .at($0) } ?? .idle
  }

  private func begin(_ id: SenderID) {
    state.withLock { state in
      if state.isStopping || state.running[id] != nil || state.running.count >= Self.concurrency { return }
      // Owned by `running`: it takes itself out, and `stop` awaits what is in there.
      state.running[id] = loop.spawn { await self.perform(id) }
    }
  }

  private func perform(_ id: SenderID) async {
    do {
      try await run.run(id)
    } catch is CancellationError {
      // The service stops; the journal says where to go on.
    } catch {
      run.log.error("onboarding.interrupted", ["sender": .string(id.text), "error": .failure(error)])
      await postpone(id)
    }
    state.withLock { _ = $0.running.removeValue(forKey: id) }
    work.wake()
  }

  /// A store that fails must not be asked again at full speed.
  private func postpone(_ id: SenderID) async {
    let due = run.clock.now + run.backoff.firstMilliseconds
    do {
      try await run.database.write { connection in
        try connection.execute("UPDATE onboarding SET due_at = ? WHERE sender_id = ?", due, id.text)
      }
    } catch {
      run.log.error("onboarding.not_postponed", ["sender": .string(id.text), "error": .failure(error)])
    }
  }
}
