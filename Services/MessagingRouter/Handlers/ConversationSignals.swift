import Contracts
import Crypto
import GraphAPI
import JSON
import Store
import Telemetry
import Wire
import Workers

/// What is asked and shown of a conversation at once, without the queue: read marks, typing, the window.
struct ConversationSignals: Sendable {
  let database: Database
  /// With short limits: somebody waits.
  let graph: GraphClient
  let keyring: SealingKeyring
  let clock: WallClock
  let keyed: KeyedCalls

  /// The calls of this noun.
  func add(to router: inout Router) {
    router.on(markRead)
    router.on(sessionStatus)
  }

  /// A customer's message, and how to tell Meta of it.
  private struct Marked: Sendable {
    var metaMessageID: String
    var phoneNumberID: String
    var token: Secret
  }

  /// Asks Meta, then keeps it. Meta does not mind hearing it twice, so nothing is journalled before.
  func markRead(_ call: MessagingRouterAPI.MarkMessageRead, _ context: CallContext) async throws -> Message {
    let account = try context.requiredAccount
    return try await keyed.once(call, context) { [keyring] connection -> KeyedCalls.Beginning<Message, Marked> in
      let message = try Self.find(call.id, account, connection)
      guard message.direction == .inbound, let metaID = message.metaMessageID else {
        throw SendRefusal.messageNotInbound.failure("only a customer's message is marked as read")
      }
      // Nothing new to say to Meta.
      if message.readAt != nil, call.typing != true { return .ended(message) }
      let (phoneNumberID, token) = try Self.address(of: message.senderID, account, keyring, connection)
      return .started(
        reference: call.id.text, Marked(metaMessageID: metaID, phoneNumberID: phoneNumberID, token: token))
    } truth: { connection, reference in
      try Self.find(MessageID(trusted: reference), account, connection)
    } perform: { (marked: Marked) in
      try await tellMeta(marked, showsTyping: call.typing == true)
      let now = clock.now
      return try await database.write { connection in
        try connection.execute(
          "UPDATE messages SET read_at = coalesce(read_at, ?) WHERE id = ? AND account_id = ?", now, call.id.text,
          account)
        return try Self.find(call.id, account, connection)
      }
    }
  }

  private func tellMeta(_ marked: Marked, showsTyping: Bool) async throws {
    do throws(GraphFailure) {
      try await graph.markRead(
        marked.metaMessageID, showsTyping: showsTyping, from: marked.phoneNumberID, token: marked.token)
    } catch {
      throw Self.failure(error)
    }
  }

  /// Meta's refusal in our words; what may have been lost is harmless to repeat.
  private static func failure(_ failure: GraphFailure) -> CallFailure {
    guard case .answered(let answer) = failure else {
      return SendRefusal.metaUnreachable.failure("Meta did not answer: \(failure.message)")
    }
    var more: JSONObject = ["meta_code": .integer(Int64(answer.code))]
    if let details = answer.details { more["meta_details"] = .string(String(details.prefix(1_000))) }
    if answer.mayRetrySend || answer.httpStatus >= 500 {
      return SendRefusal.unknownError.failure(answer.summary, more: more)
    }
    return SendRefusal.metaRefused.failure(
      SendErrors.error(forMeta: answer.isTokenProblem ? 190 : answer.code).message, more: more)
  }

  private static func find(_ id: MessageID, _ account: String, _ connection: Connection) throws -> Message {
    guard let message = try MessageRow.find(id: id.text, account: account, connection) else {
      throw SendRefusal.messageNotFound.failure("no such message in this account")
    }
    return message
  }

  private static func address(
    of sender: SenderID, _ account: String, _ keyring: SealingKeyring, _ connection: Connection
  ) throws -> (phoneNumberID: String, token: Secret) {
    let found = try connection.first(
      """
      SELECT phone_number_id, access_token FROM replica_senders
      WHERE sender_id = ? AND account_id = ? AND status = 'online' AND phone_number_id IS NOT NULL
        AND access_token IS NOT NULL
      """, sender.text, account, map: { (try $0.text(0), try $0.text(1)) })
    guard let (phoneNumberID, sealed) = found else {
      throw SendRefusal.senderOffline.failure("the sender is not online")
    }
    return (phoneNumberID, try keyring.open(sealed, binding: SenderReplica.tokenBinding(sender.text)))
  }

  // MARK: The window

  func sessionStatus(
    _ call: MessagingRouterAPI.GetSessionStatus, _ context: CallContext
  ) async throws -> MessagingRouterAPI.GetSessionStatus.Reply {
    let account = try context.requiredAccount
    let now = clock.now
    // A write, because looking a contact up may move it to the portfolio that has become known.
    return try await database.write(.prompt) { connection in
      guard let sender = try SenderRow.find(id: call.senderID, account: account, connection) else {
        throw SendRefusal.senderNotFound.failure("no such sender in this account")
      }
      let recipient = try Recipient(call.to, nil, call.contactID)
      let contact = try recipient.contact(of: sender, account: account, connection)
      let conversation = try contact.flatMap { try ConversationRow.find(contact: $0, sender: sender.id, connection) }
      let name = try contact.flatMap { contact in
        try connection.first("SELECT name FROM contacts WHERE id = ?", contact, map: { try $0.optionalText(0) })
      }
      let expires = conversation?.windowExpiresAt
      return MessagingRouterAPI.GetSessionStatus.Reply(
        hasConversation: conversation != nil, conversationID: conversation.map { ConversationID(trusted: $0.id) },
        customerName: name ?? nil,
        lastCustomerMessageAt: expires.map { Timestamp(milliseconds: $0 - ConversationRow.window) },
        freeEntryExpiresAt: try conversation.flatMap {
          try SendSeams.freeEntryExpiresAt(conversation: $0.id, connection).map { Timestamp(milliseconds: $0) }
        }, sessionStatus: SessionStatus(windowExpiresAt: expires, at: now))
    }
  }
}
