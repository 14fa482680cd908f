import Contracts
import Crypto
import Store
import Synchronization

/// Links that play one recording for ten minutes to whoever has them: they are signed, and nothing about them is
/// stored but the key.
final class ListeningLinks: Sendable {
  /// What a link turns out to be.
  enum Verdict: Equatable {
    case valid(RecordingID)
    /// It was ours.
    case expired
    /// Anything else; why is nobody's business.
    case invalid
  }

  static let pattern = "/v1/recordings/{id}"
  static let lifetime: Int64 = 600_000
  private static let keyID = "links"
  private static let keyBytes = 32

  private let key: HMACSHA256Key
  private let base: Mutex<String?>

  /// `publicURL` is where the service is reached from outside, without a slash at its end.
  init(secret: Secret, publicURL: String?) {
    let derived = HKDFSHA256.derive(
      secret: secret.bytes, salt: [], info: Array("listening links v1".utf8), count: Self.keyBytes)
    key = HMACSHA256Key(derived)
    base = Mutex(publicURL)
  }

  /// Where links lead when no public address is set.
  func listen(at url: String) { base.withLock { $0 = $0 ?? url } }

  /// A link and its end in milliseconds; nil before the service knows its own address.
  func link(to id: RecordingID, now: Int64) -> (url: String, expiresAt: Int64)? {
    guard let base = base.withLock({ $0 }) else { return nil }
    let expires = (now + Self.lifetime) / 1_000
    let signature = Base64.encodeURLSafe(key.authenticate(Self.message(id.text, expires)))
    return ("\(base)/v1/recordings/\(id)?expires=\(expires)&signature=\(signature)", expires * 1_000)
  }

  /// Judges a link by its path and query, before anything is looked up.
  func verdict(id: String, query: [(name: String, value: String)], now: Int64) -> Verdict {
    guard query.count == 2, let expires = query.first(where: { $0.name == "expires" })?.value,
      let signature = query.first(where: { $0.name == "signature" })?.value,
      // One spelling for each moment: what was not signed is not read.
      (1...12).contains(expires.utf8.count), let moment = Int64(expires), moment > 0, String(moment) == expires,
      let code = Base64.decodeURLSafe(signature), key.isValid(code, for: Self.message(id, moment)),
      let recording = try? RecordingID(parsing: id)
    else { return .invalid }
    return now < moment * 1_000 ? .valid(recording) : .expired
  }

  private static func message(_ id: String, _ expires: Int64) -> [UInt8] { Array("recording:\(id):\(expires)".utf8) }

  // MARK: Key

  private static let binding = "listening_keys.secret:\(keyID)"

  /// The key's secret, made at the first start and kept sealed: links outlive a restart.
  static func secret(_ database: Database, _ keyring: SealingKeyring, now: Int64) async throws -> Secret {
    let sealed = try await database.write { connection -> String in
      if let known = try connection.first(
        "SELECT secret FROM listening_keys WHERE id = ?", keyID, map: { try $0.text(0) })
      {
        return known
      }
      let new = keyring.seal(Secret(RandomBytes.make(keyBytes)), binding: binding)
      try connection.execute(
        "INSERT INTO listening_keys (id, secret, created_at) VALUES (?, ?, ?)", keyID, new, now)
      return new
    }
    return try keyring.open(sealed, binding: binding)
  }
}
