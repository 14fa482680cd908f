import Contracts
import JSON

/// The bytes that are signed and posted: the same at every attempt, because they are put together from what is stored.
enum DeliveryBody {
  /// A receipts webhook gets the receipt itself; an endpoint the event as `GET /v1/events` shows it.
  static func bytes(of event: StoredEvent, for kind: Webhook.Kind, isTest: Bool = false) throws -> [UInt8] {
    if kind == .receipts { return event.body }
    let head = Head(
      id: event.id, type: event.type, timestamp: event.occurredAt, senderID: event.sender,
      conversationID: event.conversation, test: isTest ? true : nil)
    var bytes = try JSONCoder.encode(head)
    bytes.removeLast()
    // Spliced in as it is: reading it and writing it anew might change it.
    bytes += Array(",\"data\":".utf8) + event.body + [UInt8(ascii: "}")]
    return bytes
  }

  private struct Head: Encodable {
    var id: EventID
    var type: String
    var timestamp: Timestamp
    var senderID: SenderID?
    var conversationID: ConversationID?
    /// There in a test request only.
    var test: Bool?
  }
}
