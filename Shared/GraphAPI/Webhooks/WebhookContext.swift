/// What a message refers to.
package struct WebhookContext: Sendable, Equatable {
  /// Meta's id of the message that it answers.
  package var messageID: String?
  /// It was forwarded, once or often.
  package var isForwarded: Bool
  /// The product of a catalogue that the customer asks about.
  package var catalogID: String?
  package var productRetailerID: String?
}
