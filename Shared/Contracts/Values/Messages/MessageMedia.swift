/// A picture, video, sound, document or sticker. To send one give `media_id` or `link`, not both.
package struct MessageMedia: Codable, Sendable, Equatable {
  /// Our id of stored media: of an upload, or of what a customer sent.
  package var mediaID: MediaID?
  /// Outbound: an https address that Meta fetches.
  package var link: String?
  /// At most 1,024 characters; not for audio and stickers.
  package var caption: String?
  /// Documents only.
  package var filename: String?
  /// Audio: a voice note. Outbound it must be Ogg with Opus.
  package var isVoice: Bool?
  /// Inbound, as Meta told it.
  package var mimeType: String?
  /// Inbound: lower-case hex SHA-256 of the bytes.
  package var sha256: String?
  /// Stickers.
  package var isAnimated: Bool?

  package init(
    mediaID: MediaID? = nil, link: String? = nil, caption: String? = nil, filename: String? = nil, isVoice: Bool? = nil,
    mimeType: String? = nil, sha256: String? = nil, isAnimated: Bool? = nil
  ) {
    self.mediaID = mediaID
    self.link = link
    self.caption = caption
    self.filename = filename
    self.isVoice = isVoice
    self.mimeType = mimeType
    self.sha256 = sha256
    self.isAnimated = isAnimated
  }
}
