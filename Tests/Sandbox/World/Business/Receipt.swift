/// One delivery to a business's endpoint.
package struct Receipt: Sendable {
  package let at: Int64
  /// `webhook-id`: the event's, the same on every try.
  package let eventID: String
  package let body: String
  /// Nil when both signatures were right.
  package let problem: String?
  /// Earlier deliveries of the same event.
  package let repeats: Int

  package var isVerified: Bool { problem == nil }
}
