package import JSON

/// A message from before a number of the WhatsApp Business app came to the Cloud API (field `history`).
package struct WebhookHistoryMessage: Sendable {
  package var wabaID: String
  package var phoneNumberID: String
  package var id: String
  /// The other side of the thread.
  package var customer: WebhookPerson
  /// Whether the business wrote it, in its app.
  package var isByBusiness: Bool
  /// Milliseconds since 1970, by the device that wrote it.
  package var timestamp: Int64
  /// Meta's type; `media_placeholder` where the medium itself is told later, or never.
  package var type: String
  package var context: WebhookContext?
  /// How far it was when it was told, lower case: `sent`, `delivered`, `read`, `played`, `error`, `pending`; new ones
  /// pass through.
  package var status: String?
  /// The message object as Meta sent it; it keeps the whole body alive.
  package var node: JSONNode

  /// The bytes of the message object as Meta sent them.
  package var raw: [UInt8] { Array(node.bytes) }
}
