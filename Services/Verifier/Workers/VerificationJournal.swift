import Contracts
import Store
import Telemetry

/// Stores what happens to verifications and wakes whoever must know.
struct VerificationJournal: Sendable {
  let database: Database
  let times: VerificationTimes
  let clock: WallClock
  let log: Log
  let metrics: Metrics
  /// Something lies in the outbox.
  let wakeOutbox: @Sendable () -> Void
  /// Something may fall due earlier than before.
  let wakeWatcher: @Sendable () -> Void

  /// The row after `event`, or as it is when the event came too late.
  @discardableResult
  func record(
    _ event: VerificationEvent, _ id: VerificationID, reason: SenderReason? = nil,
    _ change: @escaping @Sendable (inout VerificationRow) -> Void = { _ in }
  ) async throws -> VerificationRow {
    let row = try await database.write { connection in
      let changed = try connection.apply(event, to: id, times, now: clock.now) { row in
        if let reason { row.reason = reason }
        change(&row)
      }
      guard let row = try changed ?? connection.verification(id) else {
        throw StoreFailure(.corrupt, "the verification \(id) is gone")
      }
      connection.afterCommit {
        wakeWatcher()
        if !row.state.isOpen { wakeOutbox() }
      }
      return row
    }
    metrics.counter(
      "wss_verifier_events_total", "What happened to verifications.", labels: ["event": "\(event)"]
    ).increment()
    log.info(
      "verification.changed",
      [
        "event_name": .string("\(event)"), "verification": .string(id.text), "sender": .string(row.senderID.text),
        "state": .string(row.state.rawValue),
        "reason": .optional(row.reason?.code),
      ])
    return row
  }
}
