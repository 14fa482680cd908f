import Contracts
import Store

/// One step of an outbound message: the status row, the message's own status, and the event for `receipts`,
/// in one transaction.
enum MessageStep {
  /// False when this message has had this step before: nothing is stored or told twice.
  static func record(
    _ status: MessageStatus, of message: String, isSynthesized: Bool = false, error: MessageError? = nil,
    providerAt: Int64? = nil, told: StatusUpdate? = nil, at now: Int64, _ connection: Connection
  ) throws -> Bool {
    guard var state = try MessageState.find(id: message, connection) else { return false }
    let isNew = try state.take(
      status, isSynthesized: isSynthesized, error: error, providerAt: providerAt, told: told, at: now, connection)
    if isNew { try state.store(at: now, connection) }
    return isNew
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
