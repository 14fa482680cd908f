import Contracts
import Crypto
import Store
import Telemetry
import Wire
import Workers

/// What waits to be sent, what holds it back, and what stays unknown.
struct SchedulerHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let clock: WallClock
  let rates: SenderRates
  /// How long webhooks must have arrived before silence says something, in milliseconds.
  let settleTime: Int64
  /// How long a message may wait that names no end, in milliseconds.
  let lifetime: Int64
  /// Called when something may be sent, or was decided.
  let onChange: @Sendable () -> Void

  static let longestReason = 500

  func add(to router: inout Router) {
    router.on(limits)
    router.on(resume)
    router.on(unknown)
    router.on(resolve)
  }

  func limits(_ call: MessagingRouterAPI.GetLimits, _ context: CallContext) async throws -> SenderLimits {
    let (account, now) = (try context.requiredAccount, clock.now)
    return try await database.read { [rates] in
      try Self.found(call.senderID, account, rates, at: now, $0)
    }
  }

  func resume(_ call: MessagingRouterAPI.ResumeSending, _ context: CallContext) async throws -> SenderLimits {
    let (account, now) = (try context.requiredAccount, clock.now)
    let limits = try await database.write { [rates, keyring] connection in
      try connection.once(call, context, keyring, now: now) {
        _ = try Self.found(call.senderID, account, rates, at: now, connection)
        try OutboundGates.resume(sender: call.senderID.text, at: now, connection)
        return try Self.found(call.senderID, account, rates, at: now, connection)
      }
    }
    onChange()
    return limits
  }

  func unknown(
    _ call: MessagingRouterAPI.ListUnknownMessages, _ context: CallContext
  ) async throws -> Page<UnknownMessage> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before = try Self.place(try PageRequest.position(call.cursor))
    let found = try await database.read { [settleTime] connection in
      try UnknownMessages.list(
        account: account, sender: call.senderID, settled: call.isUnsettled, settleTime: settleTime, before: before,
        limit: limit + 1, connection)
    }
    let data = found.prefix(limit)
    let next = found.count > limit ? data.last.map { PageRequest.cursor(String($0.place)) } : nil
    return Page(data: data.map(\.message), nextCursor: next)
  }

  func resolve(_ call: MessagingRouterAPI.ResolveMessage, _ context: CallContext) async throws -> Message {
    let (account, now) = (try context.requiredAccount, clock.now)
    guard (1...Self.longestReason).contains(call.reason.count), !MessageText.isBlank(call.reason) else {
      throw CallFailure.invalidArgument(
        "REASON_INVALID", "reason: 1 to \(Self.longestReason) characters, not blank", field: "reason")
    }
    let message = try await database.write { [keyring, settleTime, lifetime] connection in
      try connection.once(call, context, keyring, now: now) {
        let id = call.id.text
        guard
          let state = try UnknownMessages.find(id: id, account: account, settleTime: settleTime, connection)
        else { throw CallFailure.notFound("MESSAGE_NOT_FOUND", "no such message in this account") }
        guard state.isUnknown else {
          throw CallFailure.failedPrecondition(
            "MESSAGE_NOT_UNKNOWN", "what became of this message is known: see its status")
        }
        guard call.decision != .resend || state.isUnsettled else {
          throw CallFailure.failedPrecondition(
            "MESSAGE_NOT_SETTLED",
            "Meta's webhook may still tell of it: sending it now could send it twice. Wait until it is unsettled.")
        }
        try UnknownMessages.decide(
          call.decision, of: id, account: account, reason: call.reason, actor: context.actor, lifetime: lifetime,
          at: now, connection)
        guard let message = try MessageRow.find(id: id, account: account, connection) else {
          throw CallFailure.internal("the message is gone")
        }
        return message
      }
    }
    onChange()
    return message
  }

  private static func found(
    _ sender: SenderID, _ account: String, _ rates: SenderRates, at now: Int64, _ connection: Connection
  ) throws -> SenderLimits {
    let limits = try SenderLimitsRow.find(
      sender: sender, account: account, share: { rates.share(of: $0) }, at: now, connection)
    guard let limits else { throw SendRefusal.senderNotFound.failure("no such sender in this account") }
    return limits
  }

  private static func place(_ position: String?) throws(CallFailure) -> Int64 {
    guard let position else { return .max }
    guard let place = Int64(position) else {
      throw .invalidArgument("CURSOR_INVALID", "cursor is the next_cursor of an earlier page", field: "cursor")
    }
    return place
  }
}
