import Contracts

/// What automation is told of a customer's message.
struct ReceivedMessage: Sendable {
  /// Ours.
  var id: String
  var conversation: String
  var sender: SenderRow
  var contact: String
  var userID: String?
  var phoneNumber: String?
  var name: String?
  var type: String
  var text: String?
  /// JSON of MessageContent, as it is stored.
  var content: [UInt8]?
  /// When the customer wrote it, in milliseconds.
  var sentAt: Int64

  /// As events show the people of a conversation.
  func writePeople(_ data: inout EventData) {
    data.open("sender")
    data.text("id", sender.id.text)
    data.text("phone_number", sender.phoneNumber.text)
    data.close()
    data.open("contact")
    data.text("id", contact)
    data.text("user_id", userID)
    data.text("phone_number", phoneNumber)
    data.text("name", name)
    data.close()
  }
}
