import Contracts
import Store
import Telemetry
import Workers

/// Stores what happens to verifications and wakes whoever must know.
struct VerificationJournal: Sendable {
  let database: Database
  let times: VerificationTimes
  let clock: WallClock
  let log: Log
  let metrics: Metrics
  /// Those who follow the steps.
  let notifier: ChangeNotifier
  /// Something lies in the outbox.
  let wakeOutbox: @Sendable () -> Void
  /// Something may fall due earlier than before.
  let wakeWorkers: @Sendable () -> Void

  /// The row after `event`, or as it is when the event came too late.
  @discardableResult
  func record(
    _ event: VerificationEvent, _ id: VerificationID, reason: SenderReason? = nil,
    _ change: @escaping @Sendable (inout VerificationRow) -> Void = { _ in }
  ) async throws -> VerificationRow {
    try await database.write { connection in
      guard let row = try apply(event, to: id, reason: reason, connection, change) ?? connection.verification(id) else {
        throw StoreFailure(.corrupt, "the verification \(id) is gone")
      }
      return row
    }
  }

  /// The same within a transaction; nil when the event comes too late and changes nothing.
  func apply(
    _ event: VerificationEvent, to id: VerificationID, reason: SenderReason? = nil, _ connection: Connection,
    _ change: (inout VerificationRow) -> Void = { _ in }
  ) throws -> VerificationRow? {
    let changed = try connection.apply(event, to: id, times, now: clock.now) { row in
      if let reason { row.reason = reason }
      change(&row)
    }
    guard let row = changed else { return nil }
    connection.afterCommit {
      tell(event, row)
      notifier.announce()
      wakeWorkers()
      wakeOutbox()
    }
    return row
  }

  private func tell(_ event: VerificationEvent, _ row: VerificationRow) {
    metrics.counter(
      "wss_verifier_events_total", "What happened to verifications.", labels: ["event": event.rawValue]
    ).increment()
    log.info(
      "verification.changed",
      [
        "event_name": .string(event.rawValue), "verification": .string(row.id.text),
        "sender": .string(row.senderID.text), "state": .string(row.state.rawValue),
        "reason": .optional(row.reason?.code),
      ])
  }
}
