/// What a header shows.
package enum TemplateHeaderFormat: String, Sendable, CaseIterable {
  case text
  case image
  case video
  case gif
  case document
  case location
  /// A product of the catalogue, in cards.
  case product
  /// A format that this version does not know.
  case other

  /// Whether a send brings a medium for it, and a creation an example.
  package var isMedia: Bool { self == .image || self == .video || self == .gif || self == .document }
}

extension TemplateHeaderFormat: Codable {
  package init(from decoder: any Decoder) throws { self = try TemplateWord.decode(from: decoder) }
}
