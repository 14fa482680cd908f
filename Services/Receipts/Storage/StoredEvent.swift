import Contracts
import Store

/// An event as it is stored, for its deliveries.
struct StoredEvent: Sendable {
  var id: EventID
  /// The kind's text: one that this version does not know is delivered all the same.
  var type: String
  var sender: SenderID?
  var conversation: ConversationID?
  var occurredAt: Timestamp
  var body: [UInt8]

  static let columns = "id, type, sender_id, conversation_id, occurred_at, body"

  /// Reads `columns` from the given place on.
  init(_ row: Row, from first: Int) throws {
    id = EventID(trusted: try row.text(first))
    type = try row.text(first + 1)
    sender = try row.optionalText(first + 2).map { SenderID(trusted: $0) }
    conversation = try row.optionalText(first + 3).map { ConversationID(trusted: $0) }
    occurredAt = Timestamp(milliseconds: try row.int64(first + 4))
    body = try row.blob(first + 5)
  }

  init(
    id: EventID, type: String, sender: SenderID?, conversation: ConversationID?, occurredAt: Timestamp, body: [UInt8]
  ) {
    self.id = id
    self.type = type
    self.sender = sender
    self.conversation = conversation
    self.occurredAt = occurredAt
    self.body = body
  }
}
