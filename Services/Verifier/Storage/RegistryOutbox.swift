import Contracts
import Crypto
import JSON
import Store

/// How verifications ended, on the way to the registry: written with the end itself, sent until acknowledged.
enum RegistryOutbox {
  static let queue = DurableQueue(table: "registry_outbox")

  /// Hands over how `row` ended. The event id is stable: the registry takes it once however often it is sent.
  static func enqueue(_ row: VerificationRow, _ connection: Connection, now: Int64) throws {
    let event = EventID(trusted: "evt_" + ULID.make(milliseconds: now))
    let call = SenderRegistryAPI.RecordVerification(
      eventID: event, verificationID: row.id, senderID: row.senderID, isVerified: row.state == .verified,
      reason: row.reason)
    try queue.enqueue(
      connection, id: event.text, lane: row.senderID.text, payload: try JSONCoder.encode(call), dueAt: now, now: now)
  }
}
