import Contracts
import JSON

/// The body of a test request: what a delivery of the type looks like, with `test` and ids of nothing.
struct TestSample: Sendable {
  static let message = MessageID(trusted: "msg_" + nothing)
  static let conversation = ConversationID(trusted: "cnv_" + nothing)
  private static let nothing = String(repeating: "0", count: 26)

  var type: PlatformEvent.Kind
  /// The webhook's own, if it has one.
  var sender: SenderRow
  var account: AccountID
  var id: EventID
  var at: Timestamp

  /// The bytes as they are signed and posted.
  func bytes(for kind: Webhook.Kind) throws -> [UInt8] {
    let data: [UInt8]
    if type == .messageStatus {
      var receipt = ReceiptPayload(status, sender: sender)
      receipt.test = true
      data = try JSONCoder.encode(receipt)
    } else if let news {
      data = try JSONCoder.encode(news)
    } else {
      data = try JSONCoder.encode(happening)
    }
    let event = StoredEvent(
      id: id, type: type.rawValue, sender: isOfSender ? sender.id : nil,
      conversation: isOfConversation ? Self.conversation : nil, occurredAt: at, body: data)
    return try DeliveryBody.bytes(of: event, for: kind, isTest: true)
  }

  private var isOfSender: Bool {
    switch type {
    case .templateStatus, .endpointFailing, .endpointRecovered, .endpointPaused: false
    default: true
    }
  }

  private var isOfConversation: Bool {
    switch type {
    case .messageReceived, .conversationStarted, .conversationEnded, .messageStatus: true
    default: false
    }
  }

  private var status: StatusEvent {
    StatusEvent(
      id: id, accountID: account, senderID: sender.id, messageID: Self.message, metaMessageID: "wamid.TEST",
      conversationID: Self.conversation, assistantID: nil, to: PhoneNumber(trusted: "+16505550100"),
      status: .delivered, sequence: 2, isSynthesized: false, error: nil, occurredAt: at, providerTimestamp: at)
  }
}
