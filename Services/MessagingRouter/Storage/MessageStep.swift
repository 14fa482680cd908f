import Contracts
import Crypto
import JSON
import Store

/// One step of an outbound message: the status row, the message's own status, and the event for `receipts`,
/// in one transaction.
enum MessageStep {
  /// False when this message has had this step before: nothing is stored or told twice.
  static func record(
    _ status: MessageStatus, of message: String, isSynthesized: Bool = false, error: MessageError? = nil,
    providerAt: Int64? = nil, told: StatusUpdate? = nil, at now: Int64, _ connection: Connection
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
      """
      UPDATE messages SET status = ?, last_sequence = ?, updated_at = ?, pricing = coalesce(?, pricing) WHERE id = ?
      """, next.rawValue, sequence, now, try told?.pricing.map { try JSONCoder.encode($0) }, message)
    if next == .failed, current.status != .failed, let error { try store(error, of: message, connection) }
    let event = StatusEvent(
      id: EventID(trusted: "evt_" + ULID.make(milliseconds: now)), accountID: current.account, senderID: current.sender,
      messageID: MessageID(trusted: message), metaMessageID: current.metaMessageID,
      conversationID: current.conversation,
      assistantID: current.assistant, to: current.phoneNumber ?? PhoneNumber.fromMeta(told?.recipient),
      status: status,
      sequence: sequence, isSynthesized: isSynthesized, error: error, occurredAt: Timestamp(milliseconds: now),
      providerTimestamp: providerAt.map { Timestamp(milliseconds: $0) })
    try AutomationOutbox.statusChanged(event, connection)
    try current.learn(status, error, providerAt, told, message: message, at: now, connection)
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
}
