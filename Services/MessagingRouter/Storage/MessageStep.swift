import Contracts
import Crypto
import Store

/// One step of an outbound message: the status row, the message's own status, and the event for `receipts`,
/// in one transaction.
enum MessageStep {
  /// False when this message has had this step before: nothing is stored or told twice.
  static func record(
    _ status: MessageStatus, of message: String, isSynthesized: Bool = false, error: MessageError? = nil,
    providerAt: Int64? = nil, recipient: String? = nil, at now: Int64, _ connection: Connection
  ) throws -> Bool {
    guard let current = try Current.find(message, connection) else { return false }
    let sequence = current.lastSequence + 1
    try connection.execute(
      """
      INSERT OR IGNORE INTO message_statuses (message_id, status, sequence, is_synthesized, provider_at, at)
      VALUES (?, ?, ?, ?, ?, ?)
      """, message, status.rawValue, sequence, isSynthesized, providerAt, now)
    if connection.changes == 0 { return false }
    let next = StatusLadder.advance(current.status, to: status) ?? current.status
    try connection.execute(
      "UPDATE messages SET status = ?, last_sequence = ?, updated_at = ? WHERE id = ?", next.rawValue, sequence, now,
      message)
    if next == .failed, current.status != .failed, let error { try store(error, of: message, connection) }
    let event = StatusEvent(
      id: EventID(trusted: "evt_" + ULID.make(milliseconds: now)), accountID: current.account, senderID: current.sender,
      messageID: MessageID(trusted: message), metaMessageID: current.metaMessageID,
      conversationID: current.conversation,
      assistantID: current.assistant, to: current.phoneNumber ?? recipient.flatMap(PhoneNumber.fromMeta),
      status: status,
      sequence: sequence, isSynthesized: isSynthesized, error: error, occurredAt: Timestamp(milliseconds: now),
      providerTimestamp: providerAt.map { Timestamp(milliseconds: $0) })
    try AutomationOutbox.statusChanged(event, connection)
    return true
  }

  /// Keeps why a message failed, beside it.
  static func store(_ error: MessageError, of message: String, _ connection: Connection) throws {
    try connection.execute(
      """
      UPDATE messages
      SET error_code = ?, error_message = ?, error_meta_code = ?, error_meta_title = ?, error_meta_details = ?,
        error_is_retriable = ?, error_next_step = ?
      WHERE id = ?
      """, error.code, error.message, error.metaCode, error.metaTitle, error.metaDetails, error.isRetriable,
      error.nextStep, message)
  }

  private struct Current {
    var account: AccountID
    var sender: SenderID
    var conversation: ConversationID
    var assistant: AssistantID?
    var metaMessageID: String?
    var status: MessageStatus
    var lastSequence: Int
    var phoneNumber: PhoneNumber?

    static func find(_ message: String, _ connection: Connection) throws -> Current? {
      try connection.first(
        """
        SELECT m.account_id, m.sender_id, m.conversation_id, m.assistant_id, m.meta_message_id, m.status,
          m.last_sequence, p.phone_number
        FROM messages m
        JOIN conversations c ON c.id = m.conversation_id
        JOIN contacts p ON p.id = c.contact_id
        WHERE m.id = ?
        """, message
      ) { row in
        Current(
          account: AccountID(trusted: try row.text(0)), sender: SenderID(trusted: try row.text(1)),
          conversation: ConversationID(trusted: try row.text(2)),
          assistant: try row.optionalText(3).map { AssistantID(trusted: $0) }, metaMessageID: try row.optionalText(4),
          status: MessageStatus(rawValue: try row.text(5)) ?? .unknown, lastSequence: try row.int(6),
          phoneNumber: try row.optionalText(7).map { PhoneNumber(trusted: $0) })
      }
    }
  }
}

extension PhoneNumber {
  /// Meta's digits-only spelling; nil for what is not a number.
  fileprivate static func fromMeta(_ digits: String) -> PhoneNumber? {
    do throws(ValueFailure) { return try PhoneNumber(digits: digits) } catch { return nil }
  }
}
