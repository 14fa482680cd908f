/// The offer of a limited-time template.
package struct TemplateOffer: Codable, Sendable, Equatable {
  /// At most 16 characters.
  package var text: String
  /// Whether a countdown is shown; then each send says when it ends.
  package var hasExpiration: Bool?

  package init(text: String, hasExpiration: Bool? = nil) {
    self.text = text
    self.hasExpiration = hasExpiration
  }
}
