import Synchronization
package import Telemetry
package import Transport

/// Runs what is due, several side by side, one run of a thing; the due times are in the database.
package final class DueRuns<ID: Hashable & Sendable & CustomStringConvertible>: Sendable {
  /// Something that is due. Of one group fewer may run at the same time.
  package struct Due: Sendable {
    var id: ID
    var group: String?

    package init(id: ID, group: String? = nil) {
      self.id = id
      self.group = group
    }
  }

  /// What a kind of work brings along.
  package struct Work: Sendable {
    /// The log events of a run that failed, and of one that could not even be put off.
    var interrupted: StaticString
    var notPostponed: StaticString
    /// What the log calls the thing, for example `sender`.
    var noun: StaticString
    /// Things in work at the same time; the others wait their turn.
    var concurrency: Int
    var perGroup: Int
    /// Those that are due, longest first and more than fit, as those that run are among them; and the next moment
    /// after now at which one falls due.
    var find: @Sendable () async throws -> (due: [Due], next: Int64?)
    var perform: @Sendable (ID) async throws -> Void
    /// Makes a thing due later: a store that fails must not be asked again at full speed.
    var postpone: @Sendable (ID) async throws -> Void

    package init(
      interrupted: StaticString, notPostponed: StaticString, noun: StaticString, concurrency: Int,
      perGroup: Int = .max, find: @escaping @Sendable () async throws -> (due: [Due], next: Int64?),
      perform: @escaping @Sendable (ID) async throws -> Void, postpone: @escaping @Sendable (ID) async throws -> Void
    ) {
      self.interrupted = interrupted
      self.notPostponed = notPostponed
      self.noun = noun
      self.concurrency = concurrency
      self.perGroup = perGroup
      self.find = find
      self.perform = perform
      self.postpone = postpone
    }
  }

  private struct Running {
    var task: Task<Void, Never>
    var group: String?
  }

  private struct State {
    var running: [ID: Running] = [:]
    var isStopping = false
  }

  private let work: Work
  private let loop: EventLoop
  private let log: Log
  private let state = Mutex(State())
  private let turns: WorkLoop

  /// `name` appears in logs, for example `onboarding`.
  package init(_ name: String, _ work: Work, loop: EventLoop, clock: WallClock, log: Log) {
    self.work = work
    self.loop = loop
    self.log = log
    let box = TurnBox()
    turns = WorkLoop(name, loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  package func start() { turns.start() }

  /// Something may be due.
  package func wake() { turns.wake() }

  /// Starts no more and waits for those that run, which are asked to give up: the journals say where to go on.
  package func stop() async {
    let running = state.withLock { state in
      state.isStopping = true
      return state.running.values.map(\.task)
    }
    await turns.stop()
    for task in running { task.cancel() }
    for task in running { await task.value }
  }

  private func turn() async throws -> WorkLoop.Next {
    let (due, next) = try await work.find()
    for thing in due { begin(thing) }
    // What is due and could not begin is begun when one that runs has ended: that wakes this loop. One that runs for
    // long must not hide what falls due meanwhile.
    return next.map { .at($0) } ?? .idle
  }

  private func begin(_ due: Due) {
    state.withLock { state in
      if state.isStopping || state.running[due.id] != nil || state.running.count >= work.concurrency { return }
      if let group = due.group, state.running.values.count(where: { $0.group == group }) >= work.perGroup { return }
      // Owned by `running`: it takes itself out, and `stop` awaits what is in there.
      let task = loop.spawn { await self.perform(due.id) }
      state.running[due.id] = Running(task: task, group: due.group)
    }
  }

  private func perform(_ id: ID) async {
    do {
      try await work.perform(id)
    } catch is CancellationError {
      // The service stops; it is due again at the next start.
    } catch {
      log.error(work.interrupted, [work.noun: .string(id.description), "error": .failure(error)])
      await postpone(id)
    }
    state.withLock { _ = $0.running.removeValue(forKey: id) }
    turns.wake()
  }

  private func postpone(_ id: ID) async {
    do {
      try await work.postpone(id)
    } catch {
      log.error(work.notPostponed, [work.noun: .string(id.description), "error": .failure(error)])
    }
  }
}
