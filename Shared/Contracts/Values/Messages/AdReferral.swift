/// The advertisement or post that a customer came from.
package struct AdReferral: Codable, Sendable, Equatable {
  package var sourceURL: String?
  package var sourceID: String?
  /// `ad` or `post`.
  package var sourceType: String?
  package var headline: String?
  package var body: String?
  package var mediaType: String?
  /// The click id for Meta's conversions API.
  package var ctwaClid: String?

  package init(
    sourceURL: String? = nil, sourceID: String? = nil, sourceType: String? = nil, headline: String? = nil,
    body: String? = nil, mediaType: String? = nil, ctwaClid: String? = nil
  ) {
    self.sourceURL = sourceURL
    self.sourceID = sourceID
    self.sourceType = sourceType
    self.headline = headline
    self.body = body
    self.mediaType = mediaType
    self.ctwaClid = ctwaClid
  }
}
