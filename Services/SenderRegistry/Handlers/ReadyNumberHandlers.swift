import Contracts
import Store
import Telemetry
import Wire
import Workers

/// The list of numbers that Meta has verified in advance.
struct ReadyNumberHandlers: Sendable {
  let database: Database
  let notifier: ChangeNotifier
  /// Called when an entry shall leave Meta's pool.
  let wake: @Sendable () -> Void
  let clock: WallClock

  func list(_ call: SenderRegistryAPI.ListReadyNumbers, _ context: CallContext) async throws -> Page<ReadyNumber> {
    let account = try context.accountID
    let limit = try PageRequest.limit(call.limit)
    let cursor = try PageRequest.position(call.cursor)
    let now = clock.now
    let rows = try await database.read { connection in
      try connection.readyEntries(account: account, now: now, after: cursor, limit: limit + 1)
    }
    return PageRequest.page(rows.compactMap { $0.readyNumber(now: now) }, limit: limit) { $0.id.text }
  }

  /// Journals the wish and answers at once; the worker tells Meta.
  func delete(_ call: SenderRegistryAPI.DeleteReadyNumber, _ context: CallContext) async throws -> Done {
    let account = try context.accountID
    let now = clock.now
    return try await database.write { connection in
      guard let entry = try connection.readyEntry(call.id, account: account) else {
        throw CallFailure.notFound("READY_NUMBER_NOT_FOUND", "There is no verified number \(call.id).")
      }
      if try connection.sender(entry.senderID)?.condition.status == .connecting {
        throw CallFailure.failedPrecondition(
          "ONBOARDING_RUNNING", "A signup is claiming this number just now: wait until its steps have ended.")
      }
      try connection.change(entry.senderID, in: .verified, now: now) { row in
        row.state = .removing
        row.isCalled = false
        row.tries = 0
        row.dueAt = now
      }
      connection.afterCommit {
        notifier.announce()
        wake()
      }
      return Done()
    }
  }
}
