import Contracts
import Crypto
import JSON
import Store

/// What the registry must hear: how verifications ended and what accounts should know of. Written with the fact itself,
/// sent until acknowledged.
enum RegistryOutbox {
  static let queue = DurableQueue(table: "registry_outbox")

  /// Hands over how `row` ended, or that it waits for somebody. The event id is stable: the registry takes it once however often it is sent.
  static func enqueue(_ row: VerificationRow, _ connection: Connection, now: Int64) throws {
    let event = EventID(trusted: "evt_" + ULID.make(milliseconds: now))
    let call = SenderRegistryAPI.RecordVerification(
      eventID: event, verificationID: row.id, senderID: row.senderID, isVerified: row.state == .verified,
      reason: row.reason, state: row.state, method: row.method)
    try queue.enqueue(
      connection, id: event.text, lane: row.senderID.text, payload: try JSONCoder.encode(call), dueAt: now, now: now)
  }

  /// Hands over something the account of `sender` should know of. Kind, severity and words as in `AccountEvent`.
  static func announce(
    _ kind: String, _ severity: AccountEvent.Severity, _ message: String, sender: SenderID, account: String,
    _ connection: Connection, now: Int64
  ) throws {
    let event = EventID(trusted: "evt_" + ULID.make(milliseconds: now))
    let call = SenderRegistryAPI.RecordAccountEvent(
      eventID: event, senderID: sender, accountID: AccountID(trusted: account), kind: kind, severity: severity,
      message: message)
    try queue.enqueue(
      connection, id: event.text, lane: sender.text, payload: try JSONCoder.encode(call), dueAt: now, now: now)
  }

  /// A payload of the queue.
  enum Message: Sendable {
    case verification(SenderRegistryAPI.RecordVerification)
    case event(SenderRegistryAPI.RecordAccountEvent)

    init(_ payload: [UInt8]) throws(JSONDecodingFailure) {
      // The two have no shape in common: an event has a kind, an end has a verification.
      do throws(JSONDecodingFailure) {
        self = .event(try JSONCoder.decode(SenderRegistryAPI.RecordAccountEvent.self, from: payload))
      } catch {
        self = .verification(try JSONCoder.decode(SenderRegistryAPI.RecordVerification.self, from: payload))
      }
    }
  }
}
