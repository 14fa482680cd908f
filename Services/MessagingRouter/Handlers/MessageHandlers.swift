import Contracts
import Store
import Telemetry
import Wire

/// Reading messages and conversations.
struct MessageHandlers: Sendable {
  let database: Database
  let clock: WallClock

  /// The calls of this noun.
  func add(to router: inout Router) {
    router.on(get)
    router.on(list)
    router.on(search)
    router.on(conversations)
  }

  func get(_ call: MessagingRouterAPI.GetMessage, _ context: CallContext) async throws -> Message {
    let account = try context.requiredAccount
    let now = clock.now
    let message = try await database.read { connection in
      guard let message = try MessageRow.find(id: call.id.text, account: account, connection) else {
        throw SendRefusal.messageNotFound.failure("no such message in this account")
      }
      return try MessageWaiting.told([message], at: now, connection)[0]
    }
    return message
  }

  func list(_ call: MessagingRouterAPI.ListMessages, _ context: CallContext) async throws -> Page<Message> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before = try PageRequest.position(call.cursor)
    let now = clock.now
    return try await database.read { connection in
      guard let conversation = try ConversationRow.current(id: call.conversationID, account: account, connection) else {
        throw SendRefusal.conversationNotFound.failure("no such conversation in this account")
      }
      let found = try MessageRow.list(
        conversation: conversation.text, account: account, before: before, limit: limit + 1, connection)
      return try Self.page(found, limit: limit, at: now, connection)
    }
  }

  func search(_ call: MessagingRouterAPI.SearchMessages, _ context: CallContext) async throws -> Page<Message> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before = try PageRequest.position(call.cursor)
    let isScheduled = call.isScheduled == true
    if let status = call.status, !Self.listed.contains(status) || isScheduled && status != .queued {
      throw SendRefusal.statusNotListed.failure(
        isScheduled
          ? "status: what is scheduled is queued"
          : "status: the list shows by status what waits or has not worked out", field: "status")
    }
    let now = clock.now
    return try await database.read { connection in
      guard try ConversationRow.isKnown(sender: call.senderID, account: account, connection) else {
        throw SendRefusal.senderNotFound.failure("no such sender in this account")
      }
      let found = try MessageRow.search(
        sender: call.senderID, account: account, status: call.status, isScheduled: isScheduled, before: before,
        limit: limit + 1, connection)
      return try Self.page(found, limit: limit, at: now, connection)
    }
  }

  /// A page, with what those that are queued wait for.
  private static func page(
    _ found: [SizedMessage], limit: Int, at now: Int64, _ connection: Connection
  ) throws -> Page<Message> {
    var page = Page<Message>.page(found, limit: limit)
    page.data = try MessageWaiting.told(page.data, at: now, connection)
    return page
  }

  /// What can be listed by status: an index for the others would cost every message that arrives.
  private static let listed: Set<MessageStatus> = [.queued, .sending, .unknown, .failed, .expired, .cancelled]

  func conversations(_ call: MessagingRouterAPI.ListConversations, _ context: CallContext) async throws
    -> Page<Conversation>
  {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before = try PageRequest.position(call.cursor).map(Self.position)
    let found = try await database.read { connection in
      guard try ConversationRow.isKnown(sender: call.senderID, account: account, connection) else {
        throw SendRefusal.senderNotFound.failure("no such sender in this account")
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
}
