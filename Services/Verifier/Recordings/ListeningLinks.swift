import Contracts
import Crypto
import Store
import Workers

/// Links that play one recording for ten minutes to whoever has them.
struct ListeningLinks: Sendable {
  /// What a link turns out to be.
  enum Verdict: Equatable {
    case valid(RecordingID)
    /// It was ours.
    case expired
    /// Anything else; why is nobody's business.
    case invalid
  }

  static let pattern = "/v1/recordings/{id}"

  private let links: SignedLinks

  /// `publicURL` is where the service is reached from outside, without a slash at its end.
  init(secret: Secret, publicURL: String?) {
    links = SignedLinks(secret: secret, purpose: "listening links v1", publicURL: publicURL)
  }

  /// Where links lead when no public address is set.
  func listen(at url: String) { links.listen(at: url) }

  /// A link and its end in milliseconds; nil before the service knows its own address.
  func link(to id: RecordingID, now: Int64) -> (url: String, expiresAt: Int64)? {
    links.link(to: "/v1/recordings/\(id)", allowing: Self.subject(id.text), now: now)
  }

  /// Judges a link by its path and query, before anything is looked up.
  func verdict(id: String, query: [(name: String, value: String)], now: Int64) -> Verdict {
    guard let recording = try? RecordingID(parsing: id) else { return .invalid }
    return switch links.verdict(on: Self.subject(id), query: query, now: now) {
    case .valid: .valid(recording)
    case .expired: .expired
    case .invalid: .invalid
    }
  }

  private static func subject(_ id: String) -> String { "recording:\(id)" }

  /// The key's secret, made at the first start and kept sealed: links outlive a restart.
  static func secret(_ database: Database, _ keyring: SealingKeyring, now: Int64) async throws -> Secret {
    try await SignedLinks.secret("links", in: "listening_keys", database, keyring, now: now)
  }
}
