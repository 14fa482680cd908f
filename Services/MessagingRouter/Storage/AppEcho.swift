import Contracts
import Crypto
import GraphAPI
import Store

/// What a person wrote in the WhatsApp Business app of a number that is used there too: stored as sent, and a word that
/// silences the assistant about everything before it.
enum AppEcho {
  static func store(
    _ echo: WebhookEcho, _ carried: InboundContent?, of sender: SenderRow, at now: Int64, _ connection: Connection
  ) throws -> UpdateOutcome {
    // Matched by Meta's id, never by words: one that we sent ourselves is there already.
    if try ForgottenMessages.isStoredOrForgotten(metaMessageID: echo.id, sender: sender.id.text, connection) {
      return .duplicate
    }
    let contact = try ContactRow.learn(try ContactFacts(echo.customer), sender: sender, at: now, connection)
    let conversation = try ConversationRow.opened(contact: contact, sender: sender, at: now, connection)
    var row = StoredMessage(
      id: "msg_" + ULID.make(milliseconds: now), account: sender.account.text, sender: sender.id,
      conversation: conversation, direction: .outbound, type: echo.type, status: .sent, origin: .app,
      metaMessageID: echo.id, raw: echo.raw, providerAt: min(echo.timestamp, now))
    row.replyToMetaID = echo.context?.messageID
    try row.insert(carried, at: now, connection)
    // A change of what was said is no answer.
    if let revision = carried?.content?.revision {
      return try Revisions.take(revision, from: row, at: now, connection) ? .removed : .stored
    }
    let revised = try Revisions.join(row, at: now, connection)
    try connection.execute(
      "UPDATE conversations SET last_message_at = max(last_message_at, ?) WHERE id = ?", now, conversation)
    try silenceAssistant(in: conversation, since: row.providerAt, at: now, connection)
    if let referredAt = try connection.first(
      "SELECT referred_at FROM conversations WHERE id = ? AND referred_at IS NOT NULL", conversation,
      map: { try $0.int64(0) })
    {
      try FreeEntry.answered(conversation, referredAt: referredAt, sentAt: row.providerAt, connection)
    }
    try ConversationEvents.spoke(message: row.id, at: now, connection)
    try StatusUpdate.joinHeld(
      message: row.id, sender: sender.id.text, metaMessageID: echo.id, at: now, connection)
    return revised?.revokedAt == nil ? .stored : .removed
  }

  /// Whether a person has answered in the app at `moment` (Meta's time) or later.
  static func isAnswered(conversation: String, since moment: Int64, _ connection: Connection) throws -> Bool {
    try connection.first(
      """
      SELECT 1 FROM messages
      WHERE conversation_id = ? AND origin = 'app' AND provider_at >= ? AND type NOT IN ('edit', 'revoke')
      """, conversation, moment, map: { _ in true }) ?? false
  }

  /// An echo may be told before the answer to our own send is stored, if Meta ever echoes those. It is one message:
  /// ours stays, and takes over what was heard of the echo.
  @discardableResult
  static func absorb(
    into message: String, sender: String, metaMessageID: String, _ connection: Connection
  ) throws -> Bool {
    guard
      let echo = try connection.first(
        "SELECT id FROM messages WHERE sender_id = ? AND meta_message_id = ? AND origin = 'app' AND id != ?", sender,
        metaMessageID, message, map: { try $0.text(0) })
    else { return false }
    try connection.execute(
      """
      UPDATE messages
      SET told = messages.told | e.told, last_sequence = max(messages.last_sequence, e.last_sequence),
        status = iif(e.status IN ('delivered', 'read', 'played'), e.status, messages.status)
      FROM messages e
      WHERE e.id = ?1 AND messages.id = ?2
      """, echo, message)
    try connection.execute(
      "UPDATE OR IGNORE message_statuses SET message_id = ? WHERE message_id = ?", message, echo)
    try connection.execute("DELETE FROM message_statuses WHERE message_id = ?", echo)
    try connection.execute("UPDATE media SET message_id = ? WHERE message_id = ?", message, echo)
    try connection.execute("DELETE FROM messages WHERE id = ?", echo)
    return true
  }

  /// Turns about what was written before are over, and answers of the assistant that have not left are not sent. A turn
  /// that is being answered right now is refused by `TurnRow.reply`.
  private static func silenceAssistant(
    in conversation: String, since moment: Int64, at now: Int64, _ connection: Connection
  ) throws {
    try connection.execute(
      """
      DELETE FROM turns
      WHERE lane = ?1 AND state = 'ready' AND leased_until IS NULL
        AND EXISTS (SELECT 1 FROM messages m WHERE m.id = turns.id AND m.provider_at <= ?2)
      """, conversation, moment)
    let queued = try connection.all(
      """
      SELECT m.id FROM messages m JOIN messages q ON q.id = m.turn_of
      WHERE m.conversation_id = ? AND m.status = 'queued' AND m.origin = 'assistant' AND q.provider_at <= ?
      """, conversation, moment, limit: 1_000_000
    ) { try $0.text(0) }
    let error = MessageError(
      code: "ANSWERED_BY_A_PERSON", message: "A person answered in the WhatsApp Business app before this was sent.")
    for id in queued { _ = try MessageStep.record(.failed, of: id, error: error, at: now, connection) }
  }
}
