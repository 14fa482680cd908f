import Contracts
import Crypto
import GraphAPI
import JSON
import Store

/// What Meta tells of accounts and numbers, on its way to the registry.
enum AccountOutbox {
  static let queue = DurableQueue(table: "account_outbox")

  /// Whether the registry wants to know of a field. Template fields and opt-outs have owners of their own.
  static func carries(_ field: String) -> Bool { AccountWebhook.fields.contains(field) }

  /// Puts a change in line. Its id comes of the webhook's bytes and its place in them, so a webhook that is delivered
  /// twice makes the same events, and the registry takes each once.
  static func store(
    field: String, wabaID: String, value: [UInt8], id: EventID, at now: Int64, _ connection: Connection
  ) throws -> UpdateOutcome {
    guard value.count <= SenderRegistryAPI.RecordMetaEvents.maximumValueBytes else {
      throw TooLong(bytes: value.count)
    }
    let event = SenderRegistryAPI.RecordMetaEvents.Event(
      eventID: id, wabaID: wabaID, field: field, value: String(decoding: value, as: UTF8.self),
      receivedAt: Timestamp(milliseconds: now))
    let isNew = try queue.enqueue(connection, id: id.text, payload: try JSONCoder.encode(event), dueAt: now, now: now)
    return isNew ? .stored : .duplicate
  }

  /// The id of the change at `index` of the webhook whose body has this hash.
  static func id(body hash: [UInt8], index: Int) -> EventID {
    var bytes = hash
    withUnsafeBytes(of: UInt64(index).bigEndian) { bytes += $0 }
    // 26 characters of 5 bits, as every identifier has.
    let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    let characters = SHA256.hash(bytes).prefix(26).map { alphabet[Int($0 & 31)] }
    return EventID(trusted: "evt_" + String(decoding: characters, as: UTF8.self))
  }

  /// Meta sends a few hundred bytes: this is something else, and kept aside.
  struct TooLong: Error, CustomStringConvertible {
    var bytes: Int
    var description: String { "a value of \(bytes) bytes is not handed over" }
  }
}
