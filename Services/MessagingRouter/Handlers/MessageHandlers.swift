import Contracts
import Crypto
import Store
import Telemetry
import Wire
import Workers

/// Messages and conversations.
struct MessageHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let clock: WallClock
  let onQueued: @Sendable () -> Void

  /// Queues a text inside Meta's rules. A repeated idempotency key answers with the first message.
  func send(_ call: MessagingRouterAPI.SendMessage, _ context: CallContext) async throws -> Message {
    let account = try context.requiredAccount
    try AssistantChecks.text(call.text, "text")
    let now = clock.now
    let message = try await database.write { [keyring] connection in
      try connection.once(call, context, keyring, now: now) {
        try Self.queue(call, key: context.key, account: account, at: now, connection)
      }
    }
    onQueued()
    return message
  }

  private static func queue(
    _ call: MessagingRouterAPI.SendMessage, key: String?, account: String, at now: Int64, _ connection: Connection
  ) throws -> Message {
    let after = now - SavedAnswers.keptMilliseconds
    if let key, let first = try MessageRow.find(earlierKey: key, account: account, after: after, connection) {
      let hash = SHA256.hash(Array("\(call.senderID.text)\n\(call.to.text)\n\(call.text)".utf8))
      guard first.hash == hash else { throw CallFailure.idempotencyKeyReused }
      return first.message
    }
    let conversation = try open(call, account: account, at: now, connection)
    let new = NewMessage(
      account: account, sender: call.senderID, conversation: conversation, text: call.text, origin: .api)
    guard let id = try new.queue(at: now, connection),
      let message = try MessageRow.find(id: id.text, account: account, connection)
    else {
      throw CallFailure.internal("the message was not stored")
    }
    return message
  }

  func get(_ call: MessagingRouterAPI.GetMessage, _ context: CallContext) async throws -> Message {
    let account = try context.requiredAccount
    guard let message = try await database.read({ try MessageRow.find(id: call.id.text, account: account, $0) }) else {
      throw CallFailure.notFound("MESSAGE_NOT_FOUND", "no such message in this account")
    }
    return message
  }

  func list(_ call: MessagingRouterAPI.ListMessages, _ context: CallContext) async throws -> Page<Message> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before = try PageRequest.position(call.cursor)
    let found = try await database.read { connection in
      guard let conversation = try ConversationRow.current(id: call.conversationID, account: account, connection) else {
        throw CallFailure.notFound("CONVERSATION_NOT_FOUND", "no such conversation in this account")
      }
      return try MessageRow.list(
        conversation: conversation.text, account: account, before: before, limit: limit + 1, connection)
    }
    return PageRequest.page(found, limit: limit) { $0.id.text }
  }

  func conversations(_ call: MessagingRouterAPI.ListConversations, _ context: CallContext) async throws
    -> Page<Conversation>
  {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before = try PageRequest.position(call.cursor).map(Self.position)
    let found = try await database.read { connection in
      guard try ConversationRow.isKnown(sender: call.senderID, account: account, connection) else {
        throw CallFailure.notFound("SENDER_NOT_FOUND", "no such sender in this account")
      }
      return try ConversationRow.list(
        sender: call.senderID, account: account, before: before, limit: limit + 1, connection)
    }
    return PageRequest.page(found, limit: limit) { "\($0.lastMessageAt.milliseconds) \($0.id.text)" }
  }

  /// A cursor of conversations is the last one's time and id.
  private static func position(_ text: String) throws(CallFailure) -> (at: Int64, id: String) {
    let parts = text.split(separator: " ")
    guard parts.count == 2, let at = Int64(parts[0]) else {
      throw .invalidArgument("CURSOR_INVALID", "cursor is the next_cursor of an earlier page", field: "cursor")
    }
    return (at, String(parts[1]))
  }

  /// The conversation, if Meta's rules allow a free-form message in it now.
  private static func open(
    _ call: MessagingRouterAPI.SendMessage, account: String, at now: Int64, _ connection: Connection
  ) throws -> String {
    guard let sender = try SenderRow.find(id: call.senderID, account: account, connection) else {
      throw CallFailure.notFound("SENDER_NOT_FOUND", "no such sender in this account")
    }
    guard sender.status == .online else {
      throw CallFailure.failedPrecondition(
        "SENDER_OFFLINE", "the sender is \(sender.status.rawValue): see its reasons for the next step")
    }
    guard let contact = try ContactRow.find(phoneNumber: call.to.text, sender: sender, connection),
      let conversation = try ConversationRow.find(contact: contact.id, sender: sender.id, connection),
      let expires = conversation.windowExpiresAt, expires > now
    else {
      throw CallFailure.failedPrecondition(
        "SESSION_EXPIRED", "the customer's 24-hour window is closed: only a template may be sent")
    }
    return conversation.id
  }
}
