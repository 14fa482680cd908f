import Store
import Synchronization
import Telemetry
import Transport
import Contracts
import Workers

/// Reads the numbers that are due, a few side by side, fewer of one account.
final class PollWorker: Sendable {
  /// Due senders looked at in a turn: more than fit, as those of one account make room for others.
  private static let lookAhead = 256
  /// After a start, one overdue sender more makes the window this much longer, in milliseconds.
  private static let perOverdueSender: Int64 = 50

  /// Spreads what fell due together, once after a start and whenever the clock was set.
  private final class Spreading: Sendable {
    private let isDue = Mutex(true)
    private let reader: NumberReader
    private let interval: Int64

    init(_ reader: NumberReader, interval: Int64) {
      self.reader = reader
      self.interval = interval
    }

    func again() { isDue.withLock { $0 = true } }

    /// A restart must not ask about everybody at once.
    func run() async throws {
      guard isDue.withLock({ $0 }) else { return }
      let (now, interval) = (reader.clock.now, interval)
      let moved = try await reader.database.write { connection in
        try connection.spreadPolls(
          now: now, longest: interval, rare: interval * ReadPlan.rareFactor, perSender: PollWorker.perOverdueSender)
      }
      isDue.withLock { $0 = false }
      if moved > 0 { reader.log.info("polls.spread", ["senders": .int(moved)]) }
    }
  }

  private let spreading: Spreading
  private let runs: DueRuns<SenderID>

  init(_ reader: NumberReader, settings: PollSettings, loop: EventLoop) {
    let interval = settings.rules.interval
    let spreading = Spreading(reader, interval: interval)
    self.spreading = spreading
    runs = DueRuns<SenderID>(
      "polls",
      DueRuns<SenderID>.Work(
        interrupted: "poll.interrupted", notPostponed: "poll.not_postponed", noun: "sender",
        concurrency: settings.concurrency,
        perGroup: settings.concurrencyPerAccount,
        find: {
          try await spreading.run()
          let now = reader.clock.now
          return try await reader.database.read { connection in
            let due = try connection.duePolls(now: now, limit: Self.lookAhead)
            return (
              due.map { DueRuns<SenderID>.Due(id: $0.id, group: $0.wabaID) }, try connection.nextPollDue(after: now)
            )
          }
        },
        perform: { _ = try await reader.read($0) },
        postpone: { id in
          let now = reader.clock.now
          try await reader.database.write { try $0.schedulePoll(id, at: now + interval, after: now) }
        }), loop: loop, clock: reader.clock, log: reader.log)
  }

  func start() { runs.start() }

  /// A reading may have become due.
  func wake() { runs.wake() }

  /// Due times are moments of the clock before: those that are now too far away are brought back.
  func clockWasSet() {
    spreading.again()
    runs.wake()
  }

  func stop() async { await runs.stop() }
}
