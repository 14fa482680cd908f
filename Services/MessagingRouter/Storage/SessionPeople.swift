import Contracts
import Store

/// Who talks in a conversation.
struct SessionPeople: Sendable {
  var sender: SenderID
  /// Nil once the sender is gone.
  var senderNumber: String?
  var contact: String
  var userID: String?
  var phoneNumber: String?
  var name: String?

  static func find(conversation: String, _ connection: Connection) throws -> SessionPeople? {
    try connection.first(
      """
      SELECT c.sender_id, r.phone_number, p.id, p.user_id, p.phone_number, p.name
      FROM conversations c
      JOIN contacts p ON p.id = c.contact_id
      LEFT JOIN replica_senders r ON r.sender_id = c.sender_id
      WHERE c.id = ?
      """, conversation
    ) { row in
      SessionPeople(
        sender: SenderID(trusted: try row.text(0)), senderNumber: try row.optionalText(1), contact: try row.text(2),
        userID: try row.optionalText(3), phoneNumber: try row.optionalText(4), name: try row.optionalText(5))
    }
  }

  func write(_ data: inout EventData) {
    data.open("sender")
    data.text("id", sender.text)
    data.text("phone_number", senderNumber)
    data.close()
    data.open("contact")
    data.text("id", contact)
    data.text("user_id", userID)
    data.text("phone_number", phoneNumber)
    data.text("name", name)
    data.close()
  }
}
