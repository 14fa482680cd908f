/// The advertisement or post that a customer came from.
package struct AdReferral: Codable, Sendable, Equatable {
  package var sourceURL: String?
  package var sourceID: String?
  /// `ad` or `post`.
  package var sourceType: String?
  package var headline: String?
  package var body: String?
  package var mediaType: String?
  /// Where Meta keeps its picture, video and preview.
  package var imageURL: String?
  package var videoURL: String?
  package var thumbnailURL: String?
  /// The greeting that the advertisement shows in the chat.
  package var welcomeText: String?
  /// The click id for Meta's conversions API.
  package var ctwaClid: String?

  package init(
    sourceURL: String? = nil, sourceID: String? = nil, sourceType: String? = nil, headline: String? = nil,
    body: String? = nil, mediaType: String? = nil, imageURL: String? = nil, videoURL: String? = nil,
    thumbnailURL: String? = nil, welcomeText: String? = nil, ctwaClid: String? = nil
  ) {
    self.sourceURL = sourceURL
    self.sourceID = sourceID
    self.sourceType = sourceType
    self.headline = headline
    self.body = body
    self.mediaType = mediaType
    self.imageURL = imageURL
    self.videoURL = videoURL
    self.thumbnailURL = thumbnailURL
    self.welcomeText = welcomeText
    self.ctwaClid = ctwaClid
  }
}
