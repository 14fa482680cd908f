import Contracts
import GraphAPI
import Store

/// What Meta's answer to a send tells beside its id.
enum AcceptedSend {
  /// Keeps what Meta does with the message when that is more than sending it, and what the contact lacks: its user id,
  /// or its number. A number or id that another contact has stays there: only a customer's own message moves it.
  static func learn(
    _ accepted: AcceptedMessage, message: String, phone: Bool, user: Bool, at now: Int64, _ connection: Connection
  ) throws {
    if let status = accepted.status, status != "accepted" {
      try connection.execute(
        "UPDATE messages SET meta_message_status = ? WHERE id = ?", String(status.prefix(100)), message)
    }
    if user, let id = accepted.userID, (1...256).contains(id.utf8.count) {
      try fill("user_id", with: id, message: message, at: now, connection)
    }
    if phone, let digits = accepted.waID {
      let number: PhoneNumber
      do throws(ValueFailure) { number = try PhoneNumber(digits: digits) } catch { return }
      try fill("phone_number", with: number.text, message: message, at: now, connection)
    }
  }

  private static func fill(
    _ column: String, with value: String, message: String, at now: Int64, _ connection: Connection
  ) throws {
    try connection.execute(
      """
      UPDATE OR IGNORE contacts SET \(column) = ?, updated_at = ?
      WHERE \(column) IS NULL AND id = (
        SELECT c.contact_id FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.id = ?)
      """, value, now, message)
  }
}
