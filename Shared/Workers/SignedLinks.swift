package import Crypto
package import Store
import Synchronization

/// Links that let whoever has them do one thing with one object for ten minutes: they are signed, and nothing about
/// them is stored but the key.
package final class SignedLinks: Sendable {
  /// What a link turns out to be.
  package enum Verdict: Sendable, Equatable {
    case valid
    /// It was ours.
    case expired
    /// Anything else; why is nobody's business.
    case invalid
  }

  /// Milliseconds that a link is valid.
  package static let lifetime: Int64 = 600_000
  private static let keyBytes = 32

  private let key: HMACSHA256Key
  private let base: Mutex<String?>

  /// `purpose` separates the keys of different kinds of links, `publicURL` is where the service is reached from outside,
  /// without a slash at its end.
  package init(secret: Secret, purpose: String, publicURL: String?) {
    key = HMACSHA256Key(
      HKDFSHA256.derive(secret: secret.bytes, salt: [], info: Array(purpose.utf8), count: Self.keyBytes))
    base = Mutex(publicURL)
  }

  /// Where links lead when no public address is set.
  package func listen(at url: String) { base.withLock { $0 = $0 ?? url } }

  /// A link to `path` that allows `subject` (what, and of which object: what is signed), and its end in milliseconds;
  /// nil before the service knows its own address.
  package func link(to path: String, allowing subject: String, now: Int64) -> (url: String, expiresAt: Int64)? {
    guard let base = base.withLock({ $0 }) else { return nil }
    let expires = (now + Self.lifetime) / 1_000
    let signature = Base64.encodeURLSafe(key.authenticate(Self.message(subject, expires)))
    return ("\(base)\(path)?expires=\(expires)&signature=\(signature)", expires * 1_000)
  }

  /// Judges a link by its query, before anything is looked up.
  package func verdict(on subject: String, query: [(name: String, value: String)], now: Int64) -> Verdict {
    guard query.count == 2, let expires = query.first(where: { $0.name == "expires" })?.value,
      let signature = query.first(where: { $0.name == "signature" })?.value,
      // One spelling for each moment: what was not signed is not read.
      (1...12).contains(expires.utf8.count), let moment = Int64(expires), moment > 0, String(moment) == expires,
      let code = Base64.decodeURLSafe(signature), key.isValid(code, for: Self.message(subject, moment))
    else { return .invalid }
    return now < moment * 1_000 ? .valid : .expired
  }

  private static func message(_ subject: String, _ expires: Int64) -> [UInt8] { Array("\(subject):\(expires)".utf8) }

  // MARK: Key

  /// The secret of a row of `table` (`id`, sealed `secret`, `created_at`), made at the first start and kept sealed:
  /// links outlive a restart.
  package static func secret(
    _ id: String, in table: String, _ database: Database, _ keyring: SealingKeyring, now: Int64
  ) async throws -> Secret {
    let binding = "\(table).secret:\(id)"
    let sealed = try await database.write { connection -> String in
      if let known = try connection.first(
        "SELECT secret FROM \(table) WHERE id = ?", id, map: { try $0.text(0) })
      {
        return known
      }
      let new = keyring.seal(Secret(RandomBytes.make(keyBytes)), binding: binding)
      try connection.execute("INSERT INTO \(table) (id, secret, created_at) VALUES (?, ?, ?)", id, new, now)
      return new
    }
    return try keyring.open(sealed, binding: binding)
  }
}
