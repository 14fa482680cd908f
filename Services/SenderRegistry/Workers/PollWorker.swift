import Contracts
import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Reads the numbers that are due, a few side by side, fewer of one account.
final class PollWorker: Sendable {
  /// Due senders looked at in a turn: more than fit, as those of one account make room for others.
  private static let lookAhead = 256
  /// After a start, one overdue sender more makes the window this much longer, in milliseconds.
  private static let perOverdueSender: Int64 = 50

  private struct Running {
    var task: Task<Void, Never>
    var wabaID: String?
  }

  private struct State {
    var running: [SenderID: Running] = [:]
    var isStopping = false
  }

  private let reader: NumberReader
  private let settings: PollSettings
  private let loop: EventLoop
  private let state = Mutex(State())
  /// Up until what fell due before the start was spread.
  private let mustSpread = Mutex(true)
  private let work: WorkLoop

  init(_ reader: NumberReader, settings: PollSettings, loop: EventLoop) {
    self.reader = reader
    self.settings = settings
    self.loop = loop
    let box = TurnBox()
    work = WorkLoop("polls", loop: loop, clock: reader.clock, log: reader.log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }

  /// A reading may have become due.
  func wake() { work.wake() }

  /// Due times are moments of the clock before: those that are now too far away are brought back.
  func clockWasSet() {
    mustSpread.withLock { $0 = true }
    work.wake()
  }

  /// Starts no more and gives up those that run: they are due again at the next start.
  func stop() async {
    let running = state.withLock { state in
      state.isStopping = true
      return state.running.values.map(\.task)
    }
    await work.stop()
    for task in running { task.cancel() }
    for task in running { await task.value }
  }

  private func turn() async throws -> WorkLoop.Next {
    try await spread()
    let now = reader.clock.now
    let (due, next) = try await reader.database.read { connection in
      (try connection.duePolls(now: now, limit: Self.lookAhead), try connection.nextPollDue(after: now))
    }
    for poll in due { begin(poll) }
    // What is due and could not begin is begun when one that runs has ended: that wakes this loop. One that runs for
    // long must not hide what falls due meanwhile.
    return next.map { .at($0) } ?? .idle
  }

  /// A restart must not ask about everybody at once.
  private func spread() async throws {
    guard mustSpread.withLock({ $0 }) else { return }
    let (now, interval) = (reader.clock.now, settings.rules.interval)
    let moved = try await reader.database.write { connection in
      try connection.spreadPolls(
        now: now, longest: interval, rare: interval * ReadPlan.rareFactor, perSender: Self.perOverdueSender)
    }
    mustSpread.withLock { $0 = false }
    if moved > 0 { reader.log.info("polls.spread", ["senders": .int(moved)]) }
  }

  private func begin(_ poll: DuePoll) {
    state.withLock { state in
      if state.isStopping || state.running[poll.id] != nil || state.running.count >= settings.concurrency { return }
      let ofAccount = state.running.values.count { $0.wabaID == poll.wabaID && poll.wabaID != nil }
      if ofAccount >= settings.concurrencyPerAccount { return }
      // Owned by `running`: it takes itself out, and `stop` awaits what is in there.
      let task = loop.spawn { await self.perform(poll.id) }
      state.running[poll.id] = Running(task: task, wabaID: poll.wabaID)
    }
  }

  private func perform(_ id: SenderID) async {
    do {
      try await reader.read(id)
    } catch is CancellationError {
      // The service stops; the reading is due at the next start.
    } catch {
      reader.log.error("poll.interrupted", ["sender": .string(id.text), "error": .failure(error)])
      await postpone(id)
    }
    state.withLock { _ = $0.running.removeValue(forKey: id) }
    work.wake()
  }

  /// A store that fails must not be asked again at full speed.
  private func postpone(_ id: SenderID) async {
    let now = reader.clock.now
    let due = now + settings.rules.interval
    do {
      try await reader.database.write { try $0.schedulePoll(id, at: due, after: now) }
    } catch {
      reader.log.error("poll.not_postponed", ["sender": .string(id.text), "error": .failure(error)])
    }
  }
}
