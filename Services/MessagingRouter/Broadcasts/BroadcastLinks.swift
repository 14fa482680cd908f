import Contracts
import Crypto
import Workers

/// Links that take a file of recipients.
struct BroadcastLinks: Sendable {
  static let pattern = "/v1/broadcasts/{id}/recipients"

  private let links: SignedLinks

  /// `publicURL` is where the service is reached from outside, without a slash at its end.
  init(secret: Secret, publicURL: String?) {
    links = SignedLinks(secret: secret, purpose: "broadcast links v1", publicURL: publicURL)
  }

  /// Where links lead when no public address is set.
  func listen(at url: String) { links.listen(at: url) }

  /// A link and its end in milliseconds; nil before the service knows its own address.
  func link(to id: BroadcastID, now: Int64) -> (url: String, expiresAt: Int64)? {
    links.link(to: "/v1/broadcasts/\(id)/recipients", allowing: Self.subject(id), now: now)
  }

  /// Judges a link by its path and query, before anything is looked up. Nil for an id that is none.
  func verdict(
    id: String, query: [(name: String, value: String)], now: Int64
  ) -> (id: BroadcastID, verdict: SignedLinks.Verdict)? {
    guard let id = try? BroadcastID(parsing: id) else { return nil }
    return (id, links.verdict(on: Self.subject(id), query: query, now: now))
  }

  private static func subject(_ id: BroadcastID) -> String { "broadcast:recipients:\(id)" }
}
