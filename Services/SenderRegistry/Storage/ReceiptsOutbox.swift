import Contracts
import Crypto
import JSON
import Store
import Transport
import Wire

/// What happens here and is a trigger for automation, on its way to `receipts`: written with the fact itself, sent until
/// acknowledged.
enum ReceiptsOutbox {
  static let queue = DurableQueue(table: "receipts_outbox")

  /// How a verification ended, or what it waits for. The id is the verifier's own and so the same however often that
  /// tells it.
  static func verificationChanged(
    _ call: SenderRegistryAPI.RecordVerification, account: AccountID, at now: Int64, _ connection: Connection
  ) throws {
    var data: JSONObject = [
      "verification_id": .string(call.verificationID.text), "sender_id": .string(call.senderID.text),
      "state": .string((call.state ?? (call.isVerified ? .verified : .failed)).rawValue),
    ]
    if let method = call.method { data["method"] = .string(method.rawValue) }
    if let reason = call.reason, !call.isVerified {
      data["reason"] = ["code": .string(reason.code), "message": .string(reason.message)]
    }
    let event = HandedEvent.Happening(
      id: call.eventID, accountID: account, type: .verificationStatus, senderID: call.senderID, conversationID: nil,
      occurredAt: Timestamp(milliseconds: now), data: .object(data))
    try queue.enqueue(
      connection, id: call.eventID.text, lane: call.senderID.text,
      payload: try JSONCoder.encode(HandedEvent(happening: event)), dueAt: now, now: now)
  }

  /// Hands one over.
  static func send(_ payload: [UInt8], to receipts: Peer) async throws(CallFailure) {
    let event: HandedEvent
    do throws(JSONDecodingFailure) {
      event = try JSONCoder.decode(HandedEvent.self, from: payload)
    } catch {
      throw .invalidArgument("PAYLOAD_UNREADABLE", "the payload is no event: \(error)")
    }
    let outcomes = try await receipts.call(ReceiptsAPI.RecordEvents(events: [event]), timeout: .seconds(10)).outcomes
    if outcomes.first == .refused { throw .invalidArgument("EVENT_REFUSED", "receipts refused the event for good") }
  }
}

extension SenderRegistryAPI.RecordVerification {
  /// It goes on: nothing follows from it but that people hear of it.
  var isOpen: Bool {
    switch state {
    case nil, .verified?, .failed?, .expired?, .cancelled?: false
    case .requested?, .armed?, .codeRequested?, .callAnswered?, .recorded?, .needsListener?, .heard?, .submitted?: true
    }
  }
}
