package import Outbound

/// Where Meta's Graph API is found.
package struct GraphSettings: Sendable {
  /// `https://graph.facebook.com`, or the sandbox's address.
  package var baseURL: String
  /// For example `v26.0`; each version lives at least two years.
  package var version: String
  package var limits: OutboundLimits

  package init(baseURL: String, version: String, limits: OutboundLimits) {
    self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
    self.version = version
    self.limits = limits
  }
}
