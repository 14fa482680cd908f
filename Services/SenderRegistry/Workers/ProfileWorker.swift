import Contracts
import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Runs the profiles and name changes that are due, several senders side by side, one run a sender.
final class ProfileWorker: Sendable {
  /// Senders in work at the same time: a picture of 5 MB is held for each.
  static let concurrency = 4

  private struct State {
    var running: [SenderID: Task<Void, Never>] = [:]
    var isStopping = false
  }

  private let profiles: ProfileRun
  private let names: NameRun
  private let loop: EventLoop
  private let state = Mutex(State())
  private let work: WorkLoop

  init(_ profiles: ProfileRun, _ names: NameRun, loop: EventLoop) {
    self.profiles = profiles
    self.names = names
    self.loop = loop
    let box = TurnBox()
    work = WorkLoop("profiles", loop: loop, clock: profiles.clock, log: profiles.log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  /// Readings that fell due while the service was away are spread over a tenth of their interval.
  func start() async throws {
    let (now, span) = (profiles.clock.now, profiles.interval / 10)
    try await profiles.database.write { try $0.spreadOverdueReadings(now: now, over: span) }
    work.start()
  }

  /// Something may be due.
  func wake() { work.wake() }

  /// Starts no more and waits for those that run, which are asked to give up: what they sent stays journalled.
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
    let now = profiles.clock.now
    let limit = Self.concurrency
    let (due, next) = try await profiles.database.read { connection in
      // Those that run are among the due ones, so look further than there is room.
      (try connection.dueProfiles(now: now, limit: 2 * limit), try connection.nextProfileDue(after: now))
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
      try await names.run(id)
      try await profiles.run(id)
    } catch is CancellationError {
      // The service stops; the journal says where to go on.
    } catch {
      profiles.log.error("profile.interrupted", ["sender": .string(id.text), "error": .failure(error)])
      await postpone(id)
    }
    state.withLock { _ = $0.running.removeValue(forKey: id) }
    work.wake()
  }

  /// A store that fails must not be asked again at full speed.
  private func postpone(_ id: SenderID) async {
    let due = profiles.clock.now + max(1_000, profiles.backoff.firstMilliseconds)
    do {
      try await profiles.database.write { connection in
        try connection.execute(
          "UPDATE profiles SET due_at = ? WHERE sender_id = ? AND due_at IS NOT NULL", due, id.text)
        try connection.execute(
          "UPDATE name_changes SET next_at = ?1, due_at = ?1 WHERE sender_id = ?2 AND due_at IS NOT NULL", due, id.text)
      }
    } catch {
      profiles.log.error("profile.not_postponed", ["sender": .string(id.text), "error": .failure(error)])
    }
  }
}
