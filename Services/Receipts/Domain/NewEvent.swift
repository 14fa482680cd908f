import Contracts
import JSON

/// An event as it is stored and delivered, whatever it is of.
struct NewEvent: Sendable {
  var id: EventID
  var account: AccountID
  var type: PlatformEvent.Kind
  var sender: SenderID?
  var conversation: ConversationID?
  var occurredAt: Timestamp
  /// Of a step of a message.
  var status: StatusEvent?
  /// Of a status the bytes of its receipt; of other types their data.
  var body: [UInt8]

  /// Something that happened here.
  init(
    id: EventID, account: AccountID, type: PlatformEvent.Kind, sender: SenderID?, occurredAt: Timestamp, body: [UInt8]
  ) {
    self.id = id
    self.account = account
    self.type = type
    self.sender = sender
    self.occurredAt = occurredAt
    self.body = body
  }

  /// A step of a message. Nil for a status that is no receipt.
  init?(_ event: StatusEvent, sender row: SenderRow) throws {
    guard ReceiptPayload.knows(event.status) else { return nil }
    id = event.id
    account = event.accountID
    type = .messageStatus
    sender = event.senderID
    conversation = event.conversationID
    occurredAt = event.occurredAt
    status = event
    body = try JSONCoder.encode(ReceiptPayload(event, sender: row))
  }

  /// Anything else. Nil for a status, which has a member of its own: as a happening it would be no receipt.
  init?(_ event: HandedEvent.Happening) throws {
    guard event.type != .messageStatus, event.data.object != nil else { return nil }
    id = event.id
    account = event.accountID
    type = event.type
    sender = event.senderID
    conversation = event.conversationID
    occurredAt = event.occurredAt
    body = try JSONCoder.encode(event.data)
  }

  /// Those with the same key are delivered one after the other where the webhook asks for it: events of one contact.
  var orderKey: String { conversation?.text ?? status?.messageID.text ?? id.text }
}
