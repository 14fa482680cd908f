import Contracts
import Store
import Telemetry
import Transport
import Workers

/// Runs the onboardings that are due.
struct OnboardingWorker: Sendable {
  /// Senders in work at the same time.
  static let concurrency = 16

  private let runs: DueRuns<SenderID>

  init(_ run: OnboardingRun, loop: EventLoop) {
    runs = DueRuns<SenderID>(
      "onboarding",
      DueRuns<SenderID>.Work(
        interrupted: "onboarding.interrupted", notPostponed: "onboarding.not_postponed", noun: "sender",
        concurrency: Self.concurrency,
        find: {
          let now = run.clock.now
          return try await run.database.read { connection in
            let due = try connection.dueOnboardings(now: now, limit: 2 * Self.concurrency)
            return (due.map { DueRuns<SenderID>.Due(id: $0) }, try connection.nextOnboardingDue(after: now))
          }
        },
        perform: { try await run.run($0) },
        postpone: { id in
          let due = run.clock.now + run.backoff.firstMilliseconds
          try await run.database.write { connection in
            try connection.execute("UPDATE onboarding SET due_at = ? WHERE sender_id = ?", due, id.text)
          }
        }), loop: loop, clock: run.clock, log: run.log)
  }

  /// Unfinished onboardings of the last life are due at once.
  func start() { runs.start() }

  /// An onboarding has something to do.
  func wake() { runs.wake() }

  func stop() async { await runs.stop() }
}
