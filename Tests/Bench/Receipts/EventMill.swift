import Contracts
import Foundation

/// Steps of messages as the router hands them over; the number of each is in its id.
struct EventMill: Sendable {
  let account: AccountID
  let senders: [SenderID]

  /// The next sender's turn comes with the next number.
  func event(_ number: Int) -> StatusEvent {
    let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
    return StatusEvent(
      id: EventID(trusted: PlantedID.text("evt", number)), accountID: account,
      senderID: senders[number % senders.count], messageID: MessageID(trusted: PlantedID.text("msg", number / 3)),
      metaMessageID: "wamid.HBgLMTY1MDU1NTAxMDAVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA",
      conversationID: ConversationID(trusted: PlantedID.text("cnv", number % 5_000)), assistantID: nil,
      to: PhoneNumber(trusted: "+491701234567"), status: [.sent, .delivered, .read][number % 3],
      sequence: number % 3 + 1, isSynthesized: false, error: nil, occurredAt: now, providerTimestamp: now)
  }

  /// The number in an event's id.
  static func number(_ id: String) -> Int? { id.hasPrefix("evt_01JD") ? Int(id.dropFirst(8)) : nil }
}
