import Contracts
import Crypto
import Store
import Telemetry
import Wire
import Workers

/// What Meta's popup told when it did not finish.
struct SignupEventHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let notifier: ChangeNotifier
  let clock: WallClock
  let log: Log

  func record(_ call: SenderRegistryAPI.RecordSignupEvent, _ context: CallContext) async throws -> SignupEvent {
    let account = try context.accountID
    let now = clock.now
    let event = Self.event(call, now: now)
    return try await database.write { connection in
      guard try connection.sender(call.id, account: account) != nil else { throw CallFailure.senderNotFound(call.id) }
      return try connection.once(call, context, keyring, now: now) {
        try store(event, connection, now: now)
        return event
      }
    }
  }

  func list(_ call: SenderRegistryAPI.ListSignupEvents, _ context: CallContext) async throws -> Page<SignupEvent> {
    let account = try context.accountID
    let limit = try PageRequest.limit(call.limit)
    let cursor = try PageRequest.position(call.cursor)
    let events = try await database.read { connection in
      guard try connection.sender(call.id, account: account) != nil else { throw CallFailure.senderNotFound(call.id) }
      return try connection.signupEvents(call.id, before: cursor, limit: limit + 1)
    }
    return PageRequest.page(events, limit: limit) { $0.id.text }
  }

  /// Stores the event and, for a sender that waits for its signup, the reason that follows from it.
  func store(_ event: SignupEvent, _ connection: Connection, now: Int64) throws {
    try connection.insert(event)
    log.notice(
      "signup.stopped",
      [
        "sender": .string(event.senderID.text), "event": .string(event.event.rawValue),
        "step": .optional(event.currentStep), "error_code": .optional(event.errorCode),
      ])
    // An attempt that runs, or waits for its code, has a better reason.
    if let attempt = try connection.onboarding(event.senderID), attempt.state != .ended { return }
    do {
      try connection.apply(.signupStopped(SignupStop.reason(event)), to: event.senderID, now: now)
      connection.afterCommit { notifier.announce() }
    } catch is SenderRefusal {
      // The sender works: a popup that was closed changes nothing.
    }
  }

  /// The call as it is stored: text from a browser is cut, not refused, and loses what would not print.
  static func event(_ call: SenderRegistryAPI.RecordSignupEvent, now: Int64) -> SignupEvent {
    SignupEvent(
      id: EventID(trusted: "evt_" + ULID.make(milliseconds: now)), senderID: call.id, event: call.event,
      currentStep: text(call.currentStep, 100), errorMessage: text(call.errorMessage, 1_000),
      errorCode: text(call.errorCode, 100), sessionID: text(call.sessionID, 200), version: text(call.version, 20),
      at: Timestamp(milliseconds: now))
  }

  private static func text(_ text: String?, _ limit: Int) -> String? {
    guard let text else { return nil }
    var kept = ""
    for scalar in text.unicodeScalars.prefix(limit) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: kept.unicodeScalars.append(" ")
      default: kept.unicodeScalars.append(scalar)
      }
    }
    return kept.isEmpty ? nil : kept
  }
}
