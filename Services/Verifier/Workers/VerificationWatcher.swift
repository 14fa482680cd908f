import Contracts
import Store
import Telemetry
import Transport
import Workers

/// Runs what is due for verifications: the machine's next step, a lost answer that a read settles, silence that ends.
final class VerificationWatcher: Sendable {
  /// Verifications looked at side by side; steps wait for Meta, not for the processor.
  private static let concurrency = 64

  private let run: VerificationRun
  private let runs: DueRuns<VerificationID>

  init(_ run: VerificationRun, inFlight: InFlight, loop: EventLoop) {
    self.run = run
    let journal = run.journal
    runs = DueRuns(
      "watcher",
      DueRuns.Work(
        interrupted: "verification.interrupted", notPostponed: "verification.not_postponed", noun: "verification",
        concurrency: Self.concurrency,
        find: {
          let now = journal.clock.now
          return try await journal.database.read { connection in
            // Those that a handler holds wake this loop when it lets go.
            let due = try connection.dueVerifications(now: now, limit: 4 * Self.concurrency)
              .filter { !inFlight.contains($0.id) }
            return (due.map { DueRuns.Due(id: $0.id) }, try connection.nextVerificationDue(after: now))
          }
        },
        perform: { try await run.settle($0) },
        postpone: { id in
          try await journal.database.write { [due = journal.clock.now + journal.times.firstRead] in
            try $0.postpone(id, until: due)
          }
        }), loop: loop, clock: journal.clock, log: journal.log)
  }

  /// What the last life left between a call and its answer is due at once.
  func start() async throws {
    let now = run.journal.clock.now
    try await run.journal.database.write { connection in
      try connection.execute(
        "UPDATE verifications SET due_at = ? WHERE is_open = 1 AND (is_asking = 1 OR state IN ('requested', 'submitted'))",
        now)
    }
    runs.start()
  }

  func wake() { runs.wake() }
  func stop() async { await runs.stop() }
}
