/// The business profile customers see.
struct MetaProfile: Sendable {
  /// Text fields and how many characters Meta allows (business profile reference).
  static let limits = ["about": 139, "address": 256, "description": 512, "email": 128]

  static let verticals: Set<String> = [
    "OTHER", "AUTO", "BEAUTY", "APPAREL", "EDU", "ENTERTAIN", "EVENT_PLAN", "FINANCE", "GROCERY", "GOVT", "HOTEL",
    "HEALTH", "NONPROFIT", "PROF_SERVICES", "RETAIL", "TRAVEL", "RESTAURANT", "ALCOHOL", "ONLINE_GAMBLING",
    "PHYSICAL_GAMBLING", "OTC_DRUGS",
  ]

  private(set) var texts: [String: String] = [:]
  private(set) var vertical = "UNDEFINED"
  private(set) var websites: [String] = []
  /// The picture's bytes.
  var picture: [UInt8]?

  mutating func set(_ field: String, _ text: String) throws(GraphError) {
    guard let limit = Self.limits[field] else { return }
    if text.count > limit { throw GraphError.invalid(field, "at most \(limit) characters") }
    if field == "about" && text.isEmpty { throw GraphError.invalid(field, "must not be empty") }
    if field == "email", !text.isEmpty, !text.contains("@") { throw GraphError.invalid(field, "not an e-mail address") }
    texts[field] = text.isEmpty ? nil : text
  }

  mutating func set(vertical: String) throws(GraphError) {
    guard Self.verticals.contains(vertical) else { throw GraphError.invalid("vertical", "not one of Meta's verticals") }
    self.vertical = vertical
  }

  mutating func set(websites: [String]) throws(GraphError) {
    if websites.count > 2 { throw GraphError.invalid("websites", "at most 2") }
    for site in websites where site.count > 256 || !(site.hasPrefix("https://") || site.hasPrefix("http://")) {
      throw GraphError.invalid("websites", "http or https, at most 256 characters")
    }
    self.websites = websites
  }
}
