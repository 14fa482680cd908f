import Contracts
import JSON
import Store

/// Reading messages back as people see them.
enum MessageRow {
  private static let columns = """
    id, sender_id, conversation_id, direction, type, text, status, meta_message_id, error_code, error_message,
    error_meta_code, error_meta_title, error_meta_details, error_is_retriable, created_at, updated_at,
    content, origin, reply_to, template_id, broadcast_id, pricing, send_at, expires_at, provider_at, error_next_step,
    meta_message_status, read_at, resent_from, resent_as, edited_at, earlier_versions, revoked_at
    """

  static func find(id: String, account: String, _ connection: Connection) throws -> Message? {
    try connection.first(
      "SELECT \(columns) FROM messages WHERE id = ? AND account_id = ?", id, account, map: message)
  }

  /// For whoever has been answered with it before.
  static func find(id: String, _ connection: Connection) throws -> Message? {
    try connection.first("SELECT \(columns) FROM messages WHERE id = ?", id, map: message)
  }

  /// A page of a conversation, newest first.
  static func list(conversation: String, account: String, before: String?, limit: Int, _ connection: Connection) throws
    -> [SizedMessage]
  {
    try connection.all(
      """
      SELECT \(columns)
      FROM messages
      WHERE conversation_id = ?1 AND account_id = ?2
        AND sequence < \(position("?3"))
      ORDER BY sequence DESC
      LIMIT ?4
      """, conversation, account, before, limit, map: sized)
  }

  /// A page of a sender's messages across its conversations, newest first.
  static func search(
    sender: SenderID, account: String, status: MessageStatus?, isScheduled: Bool, before: String?, limit: Int,
    _ connection: Connection
  ) throws -> [SizedMessage] {
    let (index, filter) = source(status, isScheduled: isScheduled)
    return try connection.all(
      """
      SELECT \(columns)
      FROM messages INDEXED BY \(index)
      WHERE sender_id = ?1 AND account_id = ?2 \(filter) AND sequence < \(position("?3"))
      ORDER BY sequence DESC
      LIMIT ?4
      """, sender.text, account, before, limit, map: sized)
  }

  /// Which index has them, and the condition in the words of the partial ones, or SQLite would not take them.
  private static func source(_ status: MessageStatus?, isScheduled: Bool) -> (index: String, filter: String) {
    if isScheduled { return ("messages_listed_scheduled", "AND status = 'queued' AND send_at IS NOT NULL") }
    switch status {
    case nil: return ("messages_by_sender", "")
    // As many as are sent at the same time.
    case .sending: return ("messages_sending", "AND status = 'sending'")
    case let status?:
      return (
        "messages_listed",
        """
        AND direction = 'outbound' AND status IN ('queued', 'unknown', 'failed', 'expired', 'cancelled')
        AND status = '\(status.rawValue)'
        """
      )
    }
  }

  /// The place of the message that a page begins behind, as a bound that an index can use; nothing lies behind one that
  /// is not there.
  private static func position(_ id: String) -> String {
    "CASE WHEN \(id) IS NULL THEN \(Int64.max) ELSE (SELECT sequence FROM messages WHERE id = \(id)) END"
  }

  /// The words of a conversation up to and including one message, oldest first: an assistant's context. Replies
  /// stand behind what they answer, also when the customer has written on meanwhile.
  static func history(conversation: String, through message: String, limit: Int, _ connection: Connection) throws
    -> [Utterance]
  {
    guard
      let last = try connection.first(
        "SELECT sequence FROM messages WHERE id = ?", message, map: { try $0.int64(0) })
    else { return [] }
    let found = try connection.all(
      """
      SELECT m.direction, m.text, coalesce(q.sequence, m.sequence)
      FROM messages m LEFT JOIN messages q ON q.id = m.turn_of
      WHERE m.conversation_id = ? AND (m.sequence <= ? OR m.direction = 'outbound')
        -- an edit's words stand in the message it is about
        AND m.text IS NOT NULL AND m.type NOT IN ('edit', 'revoke') AND m.status NOT IN ('failed', 'expired', 'cancelled')
        -- what is to be said later was not said
        AND (m.status != 'queued' OR m.send_at IS NULL)
      ORDER BY m.sequence DESC
      LIMIT ?
      """, conversation, last, limit * 2
    ) { row in
      (
        place: try row.int64(2),
        said: Utterance(direction: Message.Direction(rawValue: try row.text(0)) ?? .inbound, text: try row.text(1))
      )
    }
    let ordered = found.reversed().filter { $0.place <= last }.enumerated().sorted {
      ($0.element.place, $0.offset) < ($1.element.place, $1.offset)
    }
    return ordered.suffix(limit).map { $0.element.said }
  }

  private static func sized(_ row: Row) throws -> SizedMessage {
    SizedMessage(message: try message(row), contentBytes: try row.optionalBlob(16)?.count ?? 0)
  }

  private static func message(_ row: Row) throws -> Message {
    Message(
      id: MessageID(trusted: try row.text(0)), senderID: SenderID(trusted: try row.text(1)),
      conversationID: ConversationID(trusted: try row.text(2)),
      direction: Message.Direction(rawValue: try row.text(3)) ?? .inbound, type: try row.text(4),
      text: try row.optionalText(5),
      content: try row.optionalBlob(16).map { try JSONCoder.decode(MessageContent.self, from: $0) },
      origin: Message.Origin(rawValue: try row.text(17)) ?? .api,
      replyTo: try row.optionalText(18).map { MessageID(trusted: $0) },
      status: MessageStatus(rawValue: try row.text(6)) ?? .unknown, metaMessageID: try row.optionalText(7),
      error: try error(row), templateID: try row.optionalText(19).map { TemplateID(trusted: $0) },
      broadcastID: try row.optionalText(20).map { BroadcastID(trusted: $0) },
      pricing: try row.optionalBlob(21).map { try JSONCoder.decode(MessagePricing.self, from: $0) },
      sendAt: try row.optionalInt64(22).map { Timestamp(milliseconds: $0) },
      expiresAt: try row.optionalInt64(23).map { Timestamp(milliseconds: $0) },
      metaMessageStatus: try row.optionalText(26),
      resentFrom: try row.optionalText(28).map { MessageID(trusted: $0) },
      resentAs: try row.optionalText(29).map { MessageID(trusted: $0) },
      readAt: try row.optionalInt64(27).map { Timestamp(milliseconds: $0) },
      editedAt: try row.optionalInt64(30).map { Timestamp(milliseconds: $0) },
      earlierVersions: try row.optionalBlob(31).map { try JSONCoder.decode([MessageVersion].self, from: $0) },
      revokedAt: try row.optionalInt64(32).map { Timestamp(milliseconds: $0) },
      providerTimestamp: try row.optionalInt64(24).map { Timestamp(milliseconds: $0) },
      createdAt: Timestamp(milliseconds: try row.int64(14)), updatedAt: Timestamp(milliseconds: try row.int64(15)))
  }

  private static func error(_ row: Row) throws -> MessageError? {
    guard let code = try row.optionalText(8) else { return nil }
    return MessageError(
      code: code, message: try row.optionalText(9) ?? "", nextStep: try row.optionalText(25),
      metaCode: try row.optionalInt(10),
      metaTitle: try row.optionalText(11), metaDetails: try row.optionalText(12),
      isRetriable: try row.optionalBool(13) ?? false)
  }
}
