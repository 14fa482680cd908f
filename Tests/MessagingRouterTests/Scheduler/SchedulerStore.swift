import Contracts
import GraphAPI
import Store
import TestSupport

@testable import MessagingRouter

/// The schedule's tables on a store of their own, and short ways to fill them.
struct SchedulerStore: Sendable {
  static let account = "acc_1"
  static let day: Int64 = 24 * 3_600_000
  let store: TemporaryDatabase
  var database: Database { store.database }

  init() throws { store = try TemporaryDatabase(Schema.migrations) }

  func close() { store.database.close() }

  /// An online sender, its ids made of `name`.
  static func sender(
    _ name: String, portfolio: String? = "p", limit: String? = "TIER_UNLIMITED", status: String = "online",
    waba: String = "w", _ connection: Connection
  ) throws {
    try connection.execute("DELETE FROM replica_senders WHERE sender_id = ?", name)
    try connection.execute(
      """
      INSERT INTO replica_senders (sender_id, account_id, phone_number, display_name, status, waba_id, phone_number_id,
        portfolio_id, messaging_limit, access_token)
      VALUES (?, ?, '+1', 'x', ?, ?, ?, ?, ?, 't')
      """, name, account, status, waba, "pn-" + name, portfolio, limit)
  }

  /// A conversation of a sender with a contact, `sender/contact`, its window open until `window`.
  static func conversation(
    _ sender: String, with contact: String, window: Int64 = 0, _ connection: Connection
  ) throws {
    try connection.execute(
      """
      INSERT OR IGNORE INTO contacts (id, account_id, portfolio_id, phone_number, created_at, updated_at)
      VALUES (?1, ?2, 'p', '+' || ?1, 0, 0)
      """, contact, account)
    try connection.execute(
      """
      INSERT INTO conversations (id, account_id, sender_id, contact_id, window_expires_at, last_message_at, created_at)
      VALUES (?, ?, ?, ?, ?, 0, 0)
      """, sender + "/" + contact, account, sender, contact, window)
  }

  /// A queued message.
  @discardableResult
  static func queue(
    _ type: String = "text", in conversation: String, priority: NewMessage.Priority = .normal, at now: Int64 = 0,
    sendAt: Int64? = nil, expiresAt: Int64? = nil, _ connection: Connection
  ) throws -> String {
    var message = NewMessage(
      account: account, sender: SenderID(trusted: String(conversation.split(separator: "/")[0])),
      conversation: conversation, type: type, text: "x", origin: .api, priority: priority)
    message.sendAt = sendAt
    message.expiresAt = expiresAt
    return try message.queue(at: now, connection)?.text ?? ""
  }

  /// One turn in which every due sender may send `allowance` messages.
  static func take(
    _ allowance: Int = 100, at now: Int64, lifetime: Int64 = day, _ connection: Connection
  ) throws -> OutboundTake {
    let senders = try DueSender.due(at: now, connection).map { sender in
      var sender = sender
      sender.allowance = allowance
      return sender
    }
    return try OutboundTake.run(senders, lifetime: lifetime, at: now, connection)
  }

  /// Meta's answer to a send.
  static func accepted(_ id: String) -> AcceptedMessage { AcceptedMessage(id: id) }

  static func status(_ id: String, _ connection: Connection) throws -> String? {
    try connection.first("SELECT status FROM messages WHERE id = ?", id) { try $0.text(0) }
  }

  static func nextDue(_ connection: Connection) throws -> Int64? {
    try connection.first(OutboundSchedule.nextDue) { try $0.int64(0) }.flatMap { $0 == .max ? nil : $0 }
  }
}
