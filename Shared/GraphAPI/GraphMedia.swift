/// What Meta says of a medium, and where its bytes are for the next five minutes.
package struct GraphMedia: Sendable, Equatable {
  package var url: String
  package var mimeType: String?
  /// As Meta writes it: hex here, Base64 in webhooks.
  package var sha256: String?
  package var bytes: Int?
}
