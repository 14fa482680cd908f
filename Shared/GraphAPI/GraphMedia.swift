/// What Meta says of a medium, and where its bytes are for the next five minutes.
package struct GraphMedia: Sendable, Equatable {
  package var url: String
  package var mimeType: String?
  /// As Meta writes it: hex here, Base64 in webhooks.
  package var sha256: String?
  package var bytes: Int?

  package init(url: String, mimeType: String? = nil, sha256: String? = nil, bytes: Int? = nil) {
    self.url = url
    self.mimeType = mimeType
    self.sha256 = sha256
    self.bytes = bytes
  }
}
