/// What a template is for; it decides the price and when it may be sent.
package enum TemplateCategory: String, Sendable, CaseIterable {
  case marketing
  case utility
  case authentication
  /// A category that this version does not know.
  case other

  /// Meta's word; what is not known is `other`.
  package init(meta: String) { self = TemplateCategory(rawValue: meta.lowercased()) ?? .other }
}

extension TemplateCategory: Codable {
  /// People may write it as Meta does, in capitals.
  package init(from decoder: any Decoder) throws {
    self = try TemplateWord.decode(from: decoder)
  }
}
