import Contracts
import Crypto
import Store
import Workers

/// Links to the bytes of media, and links that take the bytes of an upload.
struct MediaLinks: Sendable {
  static let pattern = "/v1/media/{id}/content"
  static let sealed = SealedColumn("link_keys", "secret")

  private let links: SignedLinks

  /// `publicURL` is where the service is reached from outside, without a slash at its end.
  init(secret: Secret, publicURL: String?) {
    links = SignedLinks(secret: secret, purpose: "media links v1", publicURL: publicURL)
  }

  /// The key's secret, made at the first start and kept sealed: links outlive a restart.
  static func secret(_ database: Database, _ keyring: SealingKeyring, now: Int64) async throws -> Secret {
    try await SignedLinks.secret("media", in: "link_keys", database, keyring, now: now)
  }

  /// Where links lead when no public address is set.
  func listen(at url: String) { links.listen(at: url) }

  /// What a link allows; one of the one kind is not one of the other.
  enum Purpose: String, Sendable {
    case get
    case put
  }

  /// A link and its end in milliseconds; nil before the service knows its own address.
  func link(to id: MediaID, for purpose: Purpose, now: Int64) -> (url: String, expiresAt: Int64)? {
    links.link(to: "/v1/media/\(id)/content", allowing: Self.subject(id, purpose), now: now)
  }

  /// Judges a link by its path and query, before anything is looked up. Nil for an id that is none.
  func verdict(
    id: String, for purpose: Purpose, query: [(name: String, value: String)], now: Int64
  ) -> (id: MediaID, verdict: SignedLinks.Verdict)? {
    guard let id = try? MediaID(parsing: id) else { return nil }
    return (id, links.verdict(on: Self.subject(id, purpose), query: query, now: now))
  }

  private static func subject(_ id: MediaID, _ purpose: Purpose) -> String { "media:\(purpose.rawValue):\(id)" }
}
