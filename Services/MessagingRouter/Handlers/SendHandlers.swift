import Contracts
import Crypto
import Store
import Telemetry
import Wire
import Workers

/// Queueing messages, and calling them off.
struct SendHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let clock: WallClock
  let onQueued: @Sendable () -> Void
  /// When something ended here that the business is told of.
  let onEnded: @Sendable () -> Void
  /// Reads a template again whose copy here does not fit a send.
  let refresh: TemplateRefresh

  /// The calls of this noun.
  func add(to router: inout Router) {
    router.on(send)
    router.on(sendText)
    router.on(cancel)
  }

  /// Queues a message inside Meta's rules. A repeated idempotency key answers with the first message.
  func send(_ call: MessagingRouterAPI.SendMessage, _ context: CallContext) async throws -> Message {
    let account = try context.requiredAccount
    let now = clock.now
    let content = try Self.content(of: call)
    let message = try await refresh.retrying {
      try await database.write { [keyring] connection in
        try connection.onceQueued(call, context, keyring, now: now) {
          // Not for a repeat: what it was to wait for may have passed.
          try Self.checkTimes(call, at: now)
          return try SendPlan(sender: call.senderID, account: account, at: now, connection)
            .queue(content, call, connection)
        }
      }
    }
    onQueued()
    return message
  }

  /// The short form for texts.
  func sendText(_ call: MessagingRouterAPI.SendText, _ context: CallContext) async throws -> Message {
    let account = try context.requiredAccount
    let now = clock.now
    var long = MessagingRouterAPI.SendMessage(senderID: call.senderID, text: call.text)
    long.to = call.to
    let (whole, content) = (long, try Self.content(of: long))
    let message = try await database.write { [keyring] connection in
      try connection.onceQueued(call, context, keyring, now: now) {
        try SendPlan(sender: call.senderID, account: account, at: now, connection).queue(content, whole, connection)
      }
    }
    onQueued()
    return message
  }

  /// Calls off what is still queued, in one transaction with looking: whoever takes it to send it comes before or after.
  func cancel(_ call: MessagingRouterAPI.CancelMessage, _ context: CallContext) async throws -> Message {
    let account = try context.requiredAccount
    let now = clock.now
    let message = try await database.write { [keyring] connection in
      try connection.once(call, context, keyring, now: now) {
        guard let found = try MessageRow.find(id: call.id.text, account: account, connection) else {
          throw SendRefusal.messageNotFound.failure("no such message in this account")
        }
        if found.status == .cancelled { return found }
        guard found.direction == .outbound, found.status == .queued else {
          throw SendRefusal.messageNotCancellable.failure("the message is \(found.status.rawValue), not queued")
        }
        _ = try MessageStep.record(.cancelled, of: call.id.text, at: now, connection)
        return try MessageRow.find(id: call.id.text, account: account, connection) ?? found
      }
    }
    onEnded()
    return message
  }

  /// What of a request can be checked without looking anything up, at any time.
  static func content(of call: MessagingRouterAPI.SendMessage) throws -> OutgoingContent {
    let content = try OutgoingContent(call)
    try ContentRules.check(content)
    if content.type == "reaction" { try ContentText.absent(call.replyTo, "reply_to", "a reaction") }
    if let name = call.recipientName { try ContentText.words(name, "recipient_name", most: 255, isSingleLine: true) }
    _ = try Recipient(call.to, call.recipient, call.contactID)
    return content
  }

  /// When it is to go, and how long it may wait.
  static func checkTimes(_ call: MessagingRouterAPI.SendMessage, at now: Int64) throws {
    do throws(SendTimes.Failure) {
      try SendTimes.check(sendAt: call.sendAt?.milliseconds, expiresInSeconds: call.expiresInSeconds, at: now)
    } catch {
      throw switch error {
      case .sendAt:
        SendRefusal.sendAtOutOfRange.failure("send_at: lies in the next 30 days", field: "send_at")
      case .expiry:
        SendRefusal.expiryOutOfRange.failure("expires_in_seconds: is 60 to 2,592,000", field: "expires_in_seconds")
      }
    }
  }
}
