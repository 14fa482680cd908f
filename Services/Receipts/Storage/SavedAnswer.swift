import Contracts
import Crypto
import JSON
import Store
import Wire

/// The answer to a save that named an `Idempotency-Key`. It may hold a secret that is shown nowhere else, so it is
/// sealed, and kept so that a caller whose connection broke can have it again.
struct SavedAnswer: Sendable {
  /// As long as a repeat gets the first answer.
  static let keptMilliseconds: Int64 = 24 * 3_600_000

  let account: String
  let key: String
  let bodyHash: [UInt8]

  init(_ call: ReceiptsAPI.SetWebhook, account: String, key: String) throws {
    self.account = account
    self.key = key
    bodyHash = SHA256.hash(try JSONCoder.encode(call))
  }

  static func binding(account: String, key: String) -> String { "webhook_saves.answer:\(account):\(key)" }
  private var binding: String { Self.binding(account: account, key: key) }

  /// The answer to an earlier save with the same key; throws when that save was another one.
  func earlier(_ keyring: SealingKeyring, at now: Int64, _ connection: Connection) throws -> ReceiptsWebhook? {
    let known = try connection.first(
      "SELECT body_hash, answer FROM webhook_saves WHERE account_id = ? AND key = ? AND created_at > ?", account, key,
      now - Self.keptMilliseconds
    ) { (hash: try $0.blob(0), answer: try $0.text(1)) }
    guard let known else { return nil }
    guard known.hash == bodyHash else {
      throw CallFailure.alreadyExists(
        "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used with another body: use a new key for a new request.")
    }
    return try keyring.open(known.answer, binding: binding).withBytes { bytes in
      try JSONCoder.decode(ReceiptsWebhook.self, from: Array(bytes))
    }
  }

  /// Keeps the answer in the transaction of the save, and forgets those that are too old.
  func keep(_ answer: ReceiptsWebhook, _ keyring: SealingKeyring, at now: Int64, _ connection: Connection) throws {
    try connection.execute("DELETE FROM webhook_saves WHERE created_at <= ?", now - Self.keptMilliseconds)
    let sealed = keyring.seal(Secret(try JSONCoder.encode(answer)), binding: binding)
    try connection.execute(
      "INSERT INTO webhook_saves (account_id, key, body_hash, answer, created_at) VALUES (?, ?, ?, ?, ?)", account, key,
      bodyHash, sealed, now)
  }
}
