package import JSON

/// A message that a person sent in the WhatsApp Business app.
package struct WebhookEcho: Sendable {
  package var wabaID: String
  package var phoneNumberID: String
  package var id: String
  /// Who it was sent to.
  package var customer: WebhookPerson
  /// Milliseconds since 1970.
  package var timestamp: Int64
  package var type: String
  package var context: WebhookContext?
  /// The message object as Meta sent it; it keeps the whole body alive.
  package var node: JSONNode

  /// The bytes of the message object as Meta sent them.
  package var raw: [UInt8] { Array(node.bytes) }
}
