package import JSON

/// A message a customer sent.
package struct WebhookMessage: Sendable {
  package var wabaID: String
  package var phoneNumberID: String
  /// Meta's message id: the deduplication key together with the number.
  package var id: String
  package var customer: WebhookPerson
  /// Milliseconds since 1970 (Meta sends seconds as a string).
  package var timestamp: Int64
  /// Meta's type; new ones pass through.
  package var type: String
  package var context: WebhookContext?
  /// The message object as Meta sent it; it keeps the whole body alive.
  package var node: JSONNode

  /// The bytes of the message object as Meta sent them.
  package var raw: [UInt8] { Array(node.bytes) }
}
