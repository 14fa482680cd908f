/// A picture, sound, video, document or sticker that the service keeps.
package struct Media: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    case audio
    case document
    case image
    case sticker
    case video
  }

  package enum Source: String, Codable, Sendable, CaseIterable {
    /// A customer sent it.
    case inbound
    /// The business uploaded it.
    case upload
  }

  package enum State: String, Codable, Sendable, CaseIterable {
    /// Its bytes are being fetched from Meta, or are to be uploaded.
    case waiting
    /// Its bytes are here.
    case available
    /// There will be no bytes: `error` says why.
    case failed
    /// It was kept as long as is set; its bytes are gone.
    case expired
  }

  /// Why there are no bytes, or none yet.
  package struct Failure: Codable, Sendable, Equatable {
    /// Stable, for example `MEDIA_HASH_MISMATCH`.
    package var code: String
    package var message: String

    package init(code: String, message: String) {
      self.code = code
      self.message = message
    }
  }

  package var id: MediaID
  package var senderID: SenderID
  /// The message that it came with.
  package var messageID: MessageID?
  package var source: Source
  package var kind: Kind
  /// What the sender of it says it is.
  package var mimeType: String?
  package var filename: String?
  package var bytes: Int?
  /// Lower-case hex.
  package var sha256: String?
  package var state: State
  package var error: Failure?
  /// Gives the bytes, without an API key; asks for ranges are answered. Absent unless available.
  package var url: String?
  package var urlExpiresAt: Timestamp?
  /// Takes the bytes by `PUT`, without an API key. Only of an upload that waits for them.
  package var uploadURL: String?
  package var uploadURLExpiresAt: Timestamp?
  package var createdAt: Timestamp
  package var availableAt: Timestamp?
  /// When its bytes are removed.
  package var expiresAt: Timestamp?

  package init(
    id: MediaID, senderID: SenderID, messageID: MessageID? = nil, source: Source, kind: Kind, mimeType: String? = nil,
    filename: String? = nil, bytes: Int? = nil, sha256: String? = nil, state: State, error: Failure? = nil,
    url: String? = nil, urlExpiresAt: Timestamp? = nil, uploadURL: String? = nil, uploadURLExpiresAt: Timestamp? = nil,
    createdAt: Timestamp, availableAt: Timestamp? = nil, expiresAt: Timestamp? = nil
  ) {
    self.id = id
    self.senderID = senderID
    self.messageID = messageID
    self.source = source
    self.kind = kind
    self.mimeType = mimeType
    self.filename = filename
    self.bytes = bytes
    self.sha256 = sha256
    self.state = state
    self.error = error
    self.url = url
    self.urlExpiresAt = urlExpiresAt
    self.uploadURL = uploadURL
    self.uploadURLExpiresAt = uploadURLExpiresAt
    self.createdAt = createdAt
    self.availableAt = availableAt
    self.expiresAt = expiresAt
  }
}
