import Contracts
import Store
import Telemetry
import Workers

/// Stores what happens to verifications and tells whoever must know.
struct VerificationJournal: Sendable {
  let database: Database
  let times: VerificationTimes
  let clock: WallClock
  let log: Log
  let metrics: Metrics
  /// Tells those who follow the steps, and the workers: something may be due.
  let notifier: ChangeNotifier

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
    }
    return row
  }

  /// Ends a verification with `event`; where a recording is here that can be listened to, a person goes on instead.
  @discardableResult
  func giveUp(
    _ event: VerificationEvent, _ id: VerificationID, reason: SenderReason,
    _ change: @escaping @Sendable (inout VerificationRow) -> Void = { _ in }
  ) async throws -> VerificationRow {
    try await database.write { connection in
      guard let row = try giveUp(event, id, reason: reason, connection, change) ?? connection.verification(id) else {
        throw StoreFailure(.corrupt, "the verification \(id) is gone")
      }
      return row
    }
  }

  func giveUp(
    _ event: VerificationEvent, _ id: VerificationID, reason: SenderReason, _ connection: Connection,
    _ change: (inout VerificationRow) -> Void = { _ in }
  ) throws -> VerificationRow? {
    if try connection.hasSound(id),
      let row = try apply(.unsure, to: id, reason: reason, connection, change)
    {
      return row
    }
    return try apply(event, to: id, reason: reason, connection, change)
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
