package import Wire

extension MessagingRouterAPI {
  /// Pictures, sounds, videos and documents.
  package static let mediaCalls: [any Call.Type] = [CreateMedia.self, GetMedia.self, DeleteMedia.self]

  /// Announces an upload. With an idempotency key a repeat answers with the first one.
  package struct CreateMedia: Call {
    package static let method = "messaging.media.create"
    package static let summary = "Announce a file to be sent, and get a link that takes its bytes."
    package static let details = """
      Answers at once with an `upload_url`: send the bytes there with `PUT`, without an API key, within ten minutes. \
      What comes must be of the type that is named here, within Meta's bound for it, and have the `bytes` and `sha256` \
      named here, if any; then the medium is `available` and can be sent by its id. Types: images as JPEG or PNG up to \
      5 MB, stickers as WebP up to 100 KB (animated 500 KB), audio as AAC, AMR, MP3, M4A or Ogg with Opus and videos as \
      MP4 or 3GP up to 16 MB, documents as PDF, plain text or office files up to 100 MB.
      """
    package static let isAudited = false
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/media", role: .operator, successStatus: 201)
    package typealias Reply = Media
    package var senderID: SenderID
    /// For example `image/jpeg`; it decides what kind of message the file makes.
    package var mimeType: String
    /// Shown to the customer with documents: 1 to 240 characters.
    package var filename: String?
    /// How many there will be.
    package var bytes: Int?
    /// Of the bytes that will come, in hex.
    package var sha256: String?

    package init(
      senderID: SenderID, mimeType: String, filename: String? = nil, bytes: Int? = nil, sha256: String? = nil
    ) {
      self.senderID = senderID
      self.mimeType = mimeType
      self.filename = filename
      self.bytes = bytes
      self.sha256 = sha256
    }
  }

  /// One medium, with a link to its bytes.
  package struct GetMedia: Call {
    package static let method = "messaging.media.get"
    package static let summary = "One medium with a link to its bytes."
    package static let details = """
      Shows what a customer sent, or what was uploaded. While it is `available` there is a `url` that gives the bytes \
      for ten minutes to whoever has it, without an API key; ask again for a new one. An upload that still waits for its \
      bytes has an `upload_url`.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/media/{id}", role: .viewer)
    package typealias Reply = Media
    package var id: MediaID

    package init(id: MediaID) { self.id = id }
  }

  /// Removes the bytes of a medium.
  package struct DeleteMedia: Call {
    package static let method = "messaging.media.delete"
    package static let summary = "Remove a medium's bytes."
    package static let details = """
      Removes the bytes at once; messages that it came with stay, and show it as `expired`. What Meta has of an upload \
      ends there after 30 days.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.delete, "/v1/media/{id}", role: .operator, successStatus: 204)
    package typealias Reply = Done
    package var id: MediaID

    package init(id: MediaID) { self.id = id }
  }
}
