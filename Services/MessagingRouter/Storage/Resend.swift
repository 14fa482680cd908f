import Contracts
import JSON
import Store

/// A message whose sender asked for it is queued once more, as a new one, when it failed for a reason that may be over
/// later.
///
/// In the transaction of the failure, which each message has once: whenever the process dies, there is one copy or none
/// yet. The copy asks for no other.
enum Resend {
  /// Notes that a message that was queued just now asks for it. Beside the insertion, which all messages pay for.
  static func ask(for message: MessageID, _ connection: Connection) throws {
    try connection.execute("UPDATE messages SET may_resend = 1 WHERE id = ?", message.text)
  }

  /// Queues the content of a message that has failed with Meta's `code`, where it asks for that, the rule of the code
  /// allows it, it would still be in time, and the customer may be written to then.
  static func queue(after message: String, code: Int, at now: Int64, _ connection: Connection) throws {
    guard let delay = SendErrorTable.rule(for: code)?.resendDelay else { return }
    let moment = now + delay
    let copy = try connection.first(
      """
      SELECT m.account_id, m.sender_id, m.conversation_id, m.type, m.text, m.content, m.origin, m.priority, m.reply_to,
        m.reply_to_meta_id, m.assistant_id, m.template_id, m.category, m.expires_at
      FROM messages m JOIN conversations c ON c.id = m.conversation_id
      WHERE m.id = ?1 AND m.may_resend = 1 AND m.resent_as IS NULL
        AND coalesce(m.expires_at > ?2, 1) AND (m.type = 'template' OR c.window_expires_at > ?2)
        AND NOT EXISTS (SELECT 1 FROM erased_conversations e WHERE e.conversation_id = m.conversation_id)
      """, message, moment
    ) { row in
      var copy = NewMessage(
        account: try row.text(0), sender: SenderID(trusted: try row.text(1)), conversation: try row.text(2),
        type: try row.text(3), text: try row.optionalText(4),
        content: try row.optionalBlob(5).map { try JSONCoder.decode(MessageContent.self, from: $0) },
        origin: Message.Origin(rawValue: try row.text(6)) ?? .api,
        priority: NewMessage.Priority(rawValue: try row.int(7)) ?? .normal)
      copy.replyTo = try row.optionalText(8)
      copy.replyToMetaID = try row.optionalText(9)
      copy.assistant = try row.optionalText(10).map { AssistantID(trusted: $0) }
      copy.template = try row.optionalText(11).map { TemplateID(trusted: $0) }
      copy.category = try row.optionalText(12)
      copy.sendAt = moment
      copy.expiresAt = try row.optionalInt64(13)
      return copy
    }
    guard let copy, let id = try copy.queue(at: now, connection) else { return }
    try connection.execute("UPDATE messages SET resent_from = ? WHERE id = ?", message, id.text)
    try connection.execute("UPDATE messages SET resent_as = ? WHERE id = ?", id.text, message)
  }
}
