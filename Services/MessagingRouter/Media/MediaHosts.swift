import Outbound

/// Who gets the access token for a medium's bytes: Meta's own hosts, and those that the operator names.
struct MediaHosts: Sendable {
  /// Meta's media come from `lookaside.fbsbx.com`; the others are its own as well.
  private static let domains = ["fbsbx.com", "fbcdn.net", "facebook.com", "whatsapp.net"]

  /// `scheme host:port` each.
  private let named: Set<String>

  /// Base URLs: where Graph is, and what the operator adds. What is no URL is left out.
  init(_ urls: [String]) {
    named = Set(urls.compactMap { text in (try? OutboundURL(text)).map(Self.place) })
  }

  func allows(_ text: String) -> Bool {
    guard let url = try? OutboundURL(text) else { return false }
    if named.contains(Self.place(url)) { return true }
    return url.isTLS && url.port == 443
      && Self.domains.contains { url.host == $0 || url.host.hasSuffix("." + $0) }
  }

  private static func place(_ url: OutboundURL) -> String { "\(url.isTLS ? "https" : "http") \(url.authority)" }
}
