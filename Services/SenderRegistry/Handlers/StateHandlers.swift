import Contracts
import Crypto
import Store
import Synchronization
import Telemetry
import Wire
import Workers

/// Switching senders off and on, reading them now, removing them, and their history.
struct StateHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let notifier: ChangeNotifier
  let reader: NumberReader
  let keyed: KeyedCalls
  let refreshes: RefreshLimit
  /// Called when a reading may have become due.
  let wake: @Sendable () -> Void
  let clock: WallClock
  let log: Log

  func disable(_ call: SenderRegistryAPI.DisableSender, _ context: CallContext) async throws -> Sender {
    let now = clock.now
    let sender = try await database.write { connection in
      try connection.once(call, context, keyring, now: now) {
        let row = try find(call.id, context, connection)
        if !row.isEnabled { return row.sender() }
        connection.afterCommit { notifier.announce() }
        return try change(.disabled, row, connection, now: now).sender()
      }
    }
    log.info("sender.disabled", ["sender": .string(call.id.text)])
    return sender
  }

  /// Switched on first, then read: what Meta says is in the answer when Meta answers soon.
  func enable(_ call: SenderRegistryAPI.EnableSender, _ context: CallContext) async throws -> Sender {
    let now = clock.now
    let sender = try await keyed.once(call, context) { connection in
      let row = try find(call.id, context, connection)
      if row.isEnabled { return .ended(row.sender()) }
      connection.afterCommit { notifier.announce() }
      let changed = try change(.enabled, row, connection, now: now)
      // Also when this process dies before it has asked.
      try connection.hintPoll(changed, at: now)
      return .started(reference: call.id.text, call.id)
    } truth: { connection, _ in
      try find(call.id, context, connection).sender()
    } perform: { id in
      try await read(id, context)
    }
    log.info("sender.enabled", ["sender": .string(call.id.text)])
    return sender
  }

  func refresh(_ call: SenderRegistryAPI.RefreshSender, _ context: CallContext) async throws -> Sender {
    try await keyed.once(call, context) { connection in
      let row = try find(call.id, context, connection)
      guard row.canBeRead else { throw Self.notConnected(row) }
      if let wait = refreshes.take(call.id, now: clock.now) {
        throw CallFailure.resourceExhausted(
          "REFRESHED_JUST_NOW", "The sender was refreshed a moment ago.", retryAfter: .milliseconds(wait))
      }
      return .started(reference: call.id.text, call.id)
    } truth: { connection, _ in
      try find(call.id, context, connection).sender()
    } perform: { id in
      try await read(id, context)
    }
  }

  /// The row stays as a tombstone for the replicas and the history; nothing in it opens anything any more.
  func delete(_ call: SenderRegistryAPI.DeleteSender, _ context: CallContext) async throws -> Done {
    let now = clock.now
    try await database.write { connection in
      var row = try find(call.id, context, connection)
      try IfVersion.check(call.ifVersion, current: row.version)
      guard row.condition.status != .connecting else {
        throw CallFailure.failedPrecondition(
          "ONBOARDING_RUNNING", "The sender is being connected: delete it when its steps have ended.")
      }
      try connection.remove(&row, now: now)
      connection.afterCommit { notifier.announce() }
    }
    log.notice("sender.deleted", ["sender": .string(call.id.text)])
    return Done()
  }

  func history(_ call: SenderRegistryAPI.ListSenderHistory, _ context: CallContext) async throws -> Page<SenderChange> {
    let limit = try PageRequest.limit(call.limit)
    let before = try PageNumber.before(call.cursor)
    return try await database.read { connection in
      _ = try find(call.id, context, connection)
      let rows = try connection.history(call.id, before: before, limit: limit + 1)
      return PageNumber.page(rows.map { ($0.sequence, $0.change) }, limit: limit)
    }
  }

  private func read(_ id: SenderID, _ context: CallContext) async throws -> Sender {
    // A change that overtook the reading is a reason to read again, once.
    if try await reader.read(id) == .overtaken { try await reader.read(id) }
    wake()
    return try await database.read { try find(id, context, $0).sender() }
  }

  private func change(
    _ event: SenderEvent, _ row: SenderRow, _ connection: Connection, now: Int64
  ) throws -> SenderRow {
    do {
      return try connection.apply(event, to: row.id, now: now)
    } catch is SenderRefusal {
      throw Self.notConnected(row)
    }
  }

  private func find(_ id: SenderID, _ context: CallContext, _ connection: Connection) throws -> SenderRow {
    guard let row = try connection.sender(id, account: try context.accountID) else {
      throw CallFailure.senderNotFound(id)
    }
    return row
  }

  private static func notConnected(_ row: SenderRow) -> CallFailure {
    .failedPrecondition(
      "SENDER_NOT_CONNECTED", "The sender is \(row.condition.status.rawValue): it has no connected number yet.")
  }
}

/// How often one sender may be read because somebody asks.
final class RefreshLimit: Sendable {
  /// Senders remembered at most; beyond it the oldest are forgotten.
  private static let maximum = 10_000

  private let pause: Int64
  private let last = Mutex<[SenderID: Int64]>([:])

  /// `pause` in milliseconds.
  init(pause: Int64) { self.pause = pause }

  /// Nil when the sender may be read now, and it counts; else how long to wait, in milliseconds.
  func take(_ id: SenderID, now: Int64) -> Int64? {
    last.withLock { last in
      if let before = last[id], before <= now, now - before < pause { return pause - (now - before) }
      if last.count >= Self.maximum { last = last.filter { $0.value <= now && now - $0.value < pause } }
      if last.count >= Self.maximum { last.removeAll() }
      last[id] = now
      return nil
    }
  }
}
