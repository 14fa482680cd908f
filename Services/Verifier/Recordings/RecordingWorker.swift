import Contracts
import Store
import Telemetry
import Transport
import Workers

/// Everything that happens to recordings on its own, from the carrier's announcement to their deletion.
struct RecordingWorker: Sendable {
  /// Recordings fetched at the same time, as many heard, and half as many deleted at the carrier.
  static let concurrency = 16

  private let recordings: DueRuns<RecordingID>
  private let deletions: DueRuns<RecordingID>
  private let retention: RecordingRetention

  init(_ run: RecordingRun, loop: EventLoop, log: Log) {
    recordings = Self.recordings(run, loop: loop, log: log)
    let deletions = Self.deletions(run, loop: loop, log: log)
    self.deletions = deletions
    retention = RecordingRetention(
      database: run.database, times: run.times, clock: run.clock, log: log, loop: loop,
      wakeDeletions: { deletions.wake() })
  }

  /// What the last life left undone is due at once.
  func start() {
    recordings.start()
    deletions.start()
    retention.start()
  }

  /// Something may be due: a recording was announced, or a verification has ended.
  func wake() {
    recordings.wake()
    deletions.wake()
    retention.wake()
  }

  func stop() async {
    await recordings.stop()
    await deletions.stop()
    await retention.stop()
  }

  private static func recordings(_ run: RecordingRun, loop: EventLoop, log: Log) -> DueRuns<RecordingID> {
    let work = DueRuns<RecordingID>.Work(
      interrupted: "recording.interrupted", notPostponed: "recording.not_postponed", noun: "recording",
      concurrency: 2 * concurrency, perGroup: concurrency,
      find: {
        let now = run.clock.now
        return try await run.database.read { connection in
          // Engines may be slow: what waits for them must not keep others from being fetched in time.
          let due = try [RecordingRow.State.announced, .stored].flatMap { state in
            try connection.dueRecordings(state, now: now, limit: 2 * concurrency).map { id in
              DueRuns<RecordingID>.Due(id: id, group: state.rawValue)
            }
          }
          return (due, try connection.nextRecordingDue(after: now))
        }
      },
      perform: { try await run.run($0) },
      postpone: { id in
        let due = run.clock.now + run.times.interrupted
        try await run.database.write { connection in
          try connection.execute("UPDATE recordings SET due_at = ? WHERE id = ? AND due_at IS NOT NULL", due, id.text)
        }
      })
    return DueRuns("recordings", work, loop: loop, clock: run.clock, log: log)
  }

  private static func deletions(_ run: RecordingRun, loop: EventLoop, log: Log) -> DueRuns<RecordingID> {
    let deletion = RecordingDeletion(
      database: run.database, carrier: run.carrier, measures: run.steps.measures, times: run.times, clock: run.clock,
      log: log)
    let work = DueRuns<RecordingID>.Work(
      interrupted: "recording.deletion_interrupted", notPostponed: "recording.deletion_not_postponed",
      noun: "recording", concurrency: concurrency / 2,
      find: {
        let now = run.clock.now
        return try await run.database.read { connection in
          let due = try connection.dueDeletions(now: now, limit: concurrency)
          return (due.map { DueRuns<RecordingID>.Due(id: $0) }, try connection.nextDeletionDue(after: now))
        }
      },
      perform: { try await deletion.run($0) },
      postpone: { id in
        let due = run.clock.now + run.times.interrupted
        try await run.database.write { connection in
          try connection.execute(
            "UPDATE recordings SET delete_at = ? WHERE id = ? AND delete_at IS NOT NULL", due, id.text)
        }
      })
    return DueRuns("recording deletions", work, loop: loop, clock: run.clock, log: log)
  }
}
