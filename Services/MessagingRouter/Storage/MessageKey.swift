import Contracts
import Crypto
import JSON
import Store
import Wire
import Workers

/// The `Idempotency-Key` of a send. The message itself is the answer to a repeat, so nothing is kept but whose it is and
/// what was asked: at a number's full rate every key still lasts its day.
struct MessageKey: Sendable {
  private static let perWrite = 4

  private let account: String
  private let key: String
  private let hash: [UInt8]

  /// Nil when the caller named no key. Throws `IDEMPOTENCY_KEY_INVALID`.
  init?<C: Call>(_ call: C, _ context: CallContext) throws {
    guard let saved = try SavedKey(call, context) else { return nil }
    account = saved.account
    key = saved.operation + ":" + saved.key
    hash = saved.hash
  }

  /// The first answer within 24 hours. Throws `IDEMPOTENCY_KEY_REUSED` when something else was asked then, and
  /// `MESSAGE_NOT_FOUND` when the message was deleted since: it was made, and must not be made again.
  func first(now: Int64, _ connection: Connection) throws -> Message? {
    let known = try connection.first(
      "SELECT body_hash, message_id FROM message_keys WHERE account_id = ? AND key = ? AND created_at > ?", account,
      key,
      now - SavedAnswers.keptMilliseconds
    ) { (hash: try $0.blob(0), id: try $0.text(1)) }
    guard let known else { return nil }
    guard constantTimeEquals(known.hash, hash) else { throw CallFailure.idempotencyKeyReused }
    guard let message = try MessageRow.find(id: known.id, account: account, connection) else {
      throw SendRefusal.messageNotFound.failure("the message of this Idempotency-Key was deleted since")
    }
    return message.asQueued
  }

  /// Remembers the message in the transaction that makes it; forgets a few keys that are a day old.
  func keep(_ message: MessageID, now: Int64, _ connection: Connection) throws {
    try connection.execute(
      """
      INSERT INTO message_keys (account_id, key, body_hash, message_id, created_at) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (account_id, key) DO UPDATE SET
        body_hash = excluded.body_hash, message_id = excluded.message_id, created_at = excluded.created_at
      """, account, key, hash, message.text, now)
    // More than one, so that what one write adds the next ones take away again.
    try connection.execute(
      """
      DELETE FROM message_keys WHERE sequence IN (
        SELECT sequence FROM (SELECT sequence, created_at FROM message_keys ORDER BY sequence LIMIT \(Self.perWrite))
        WHERE created_at <= ?)
      """, now - SavedAnswers.keptMilliseconds)
  }
}

extension Connection {
  /// `once`, for calls that queue a message and answer with it.
  func onceQueued<C: Call>(
    _ call: C, _ context: CallContext, _ keyring: SealingKeyring, now: Int64, _ work: () throws -> Message
  ) throws -> Message where C.Reply == Message {
    guard let key = try MessageKey(call, context) else { return try work() }
    if let first = try key.first(now: now, self) { return first }
    // What an earlier version kept.
    if let first = try savedAnswer(call, context, keyring, now: now) { return first }
    let message = try work()
    try key.keep(message.id, now: now, self)
    return message
  }
}

extension Message {
  /// As it was when it was queued: the first answer, whatever has become of it since.
  fileprivate var asQueued: Message {
    var message = self
    message.status = .queued
    message.metaMessageID = nil
    message.error = nil
    message.pricing = nil
    message.metaMessageStatus = nil
    message.providerTimestamp = nil
    message.readAt = nil
    message.resentAs = nil
    message.editedAt = nil
    message.earlierVersions = nil
    message.revokedAt = nil
    message.updatedAt = createdAt
    return message
  }
}
