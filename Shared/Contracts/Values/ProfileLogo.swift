/// The picture of a profile, as it was handed in.
package struct ProfileLogo: Codable, Sendable, Equatable {
  package enum State: String, Codable, Sendable, CaseIterable {
    /// Waits until the sender is online.
    case draft
    /// On its way to Meta.
    case pending
    /// WhatsApp shows it.
    case synced
    /// Meta refused it; the profile's `refusal` says why.
    case refused
    /// WhatsApp shows no picture any more.
    case missing
  }

  /// Of the bytes, in hex.
  package var sha256: String
  /// `image/png` or `image/jpeg`.
  package var contentType: String
  package var width: Int
  package var height: Int
  package var bytes: Int
  package var uploadedAt: Timestamp
  package var state: State

  package init(
    sha256: String, contentType: String, width: Int, height: Int, bytes: Int, uploadedAt: Timestamp, state: State
  ) {
    self.sha256 = sha256
    self.contentType = contentType
    self.width = width
    self.height = height
    self.bytes = bytes
    self.uploadedAt = uploadedAt
    self.state = state
  }
}
