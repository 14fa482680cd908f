import Contracts
import Store
import Telemetry
import Wire
import Workers

/// The account's events: as a list for people, as a feed for programs.
struct EventHandlers: Sendable {
  let database: Database
  let feed: EventFeed
  let notifier: ChangeNotifier
  let clock: WallClock

  func list(_ call: SenderRegistryAPI.ListEvents, _ context: CallContext) async throws -> Page<AccountEvent> {
    let account = try context.accountID
    let limit = try PageRequest.limit(call.limit)
    let before = try PageNumber.before(call.cursor)
    let filter = EventFilter(sender: call.senderID, kind: call.kind, severity: call.severity)
    let rows = try await database.read { connection in
      try connection.events(account: account, filter, before: before, limit: limit + 1)
    }
    return PageNumber.page(rows.map { ($0.sequence, $0.event) }, limit: limit)
  }

  func read(
    _ call: SenderRegistryAPI.ReadEvents, _ context: CallContext
  ) async throws -> SenderRegistryAPI.ReadEvents.Reply {
    let account = try context.accountID
    let limit = try PageRequest.limit(call.limit)
    let found = try await feed.read(
      after: call.after, waitMilliseconds: call.waitMs, account: account.text, context
    ) { after in
      try await database.read { connection in
        guard try after <= connection.lastEventSequence() else { throw EventFeed.unknownPosition }
        return try connection.events(account: account, after: after, limit: limit).map { ($0.sequence, $0.event) }
      }
    }
    return .init(data: found.rows, position: found.position)
  }

  /// What another service wants the account to know; stored once per event id.
  func record(
    _ call: SenderRegistryAPI.RecordAccountEvent, _ context: CallContext
  ) async throws -> SenderRegistryAPI.RecordAccountEvent.Reply {
    guard (1...64).contains(call.kind.utf8.count) else {
      throw CallFailure.invalidArgument("KIND_INVALID", "kind: 1 to 64 characters", field: "kind")
    }
    try await database.write { [now = clock.now] connection in
      let sender = try call.senderID.flatMap { try connection.sender($0) }
      guard let account = sender?.accountID ?? call.accountID else {
        if let id = call.senderID { throw CallFailure.senderNotFound(id) }
        throw CallFailure.invalidArgument(
          "ACCOUNT_MISSING", "account_id: whom to tell, when it is about no sender", field: "account_id")
      }
      guard try connection.receive(call.eventID, now: now) else { return }
      try connection.addEvent(
        call.kind, call.severity, account: account, sender: sender?.id, String(call.message.prefix(1_000)), now: now)
      connection.afterCommit { notifier.announce() }
    }
    return .init()
  }
}
