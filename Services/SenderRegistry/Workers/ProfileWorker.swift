import Contracts
import Store
import Telemetry
import Transport
import Workers

/// Runs the profiles and name changes that are due.
struct ProfileWorker: Sendable {
  /// Senders in work at the same time: a picture of 5 MB is held for each.
  static let concurrency = 4

  private let profiles: ProfileRun
  private let runs: DueRuns<SenderID>

  init(_ profiles: ProfileRun, _ names: NameRun, loop: EventLoop) {
    self.profiles = profiles
    runs = DueRuns<SenderID>(
      "profiles",
      DueRuns<SenderID>.Work(
        interrupted: "profile.interrupted", notPostponed: "profile.not_postponed", noun: "sender",
        concurrency: Self.concurrency,
        find: {
          let now = profiles.clock.now
          return try await profiles.database.read { connection in
            let due = try connection.dueProfiles(now: now, limit: 2 * Self.concurrency)
            return (due.map { DueRuns<SenderID>.Due(id: $0) }, try connection.nextProfileDue(after: now))
          }
        },
        perform: { id in
          try await names.run(id)
          try await profiles.run(id)
        },
        postpone: { id in
          let due = profiles.clock.now + max(1_000, profiles.backoff.firstMilliseconds)
          try await profiles.database.write { connection in
            try connection.execute(
              "UPDATE profiles SET due_at = ? WHERE sender_id = ? AND due_at IS NOT NULL", due, id.text)
            try connection.execute(
              "UPDATE name_changes SET next_at = ?1, due_at = ?1 WHERE sender_id = ?2 AND due_at IS NOT NULL", due,
              id.text)
          }
        }), loop: loop, clock: profiles.clock, log: profiles.log)
  }

  /// Readings that fell due while the service was away are spread over a tenth of their interval.
  func start() async throws {
    let (now, span) = (profiles.clock.now, profiles.interval / 10)
    try await profiles.database.write { try $0.spreadOverdueReadings(now: now, over: span) }
    runs.start()
  }

  /// Something may be due.
  func wake() { runs.wake() }

  func stop() async { await runs.stop() }
}
