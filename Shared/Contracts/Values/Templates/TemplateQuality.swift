/// Customers' reactions to a template, as Meta rates them.
package enum TemplateQuality: String, Codable, Sendable, CaseIterable {
  case green = "GREEN"
  case yellow = "YELLOW"
  case red = "RED"
  case unknown = "UNKNOWN"

  /// Meta's word; what is not known is `unknown`.
  package init(meta: String?) { self = meta.flatMap { TemplateQuality(rawValue: $0.uppercased()) } ?? .unknown }
}
