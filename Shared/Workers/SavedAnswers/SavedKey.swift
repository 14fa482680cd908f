import Crypto
import JSON
import Store
package import Wire

/// One `Idempotency-Key` of one account for one operation, with the hash of what is asked under it.
package struct SavedKey: Sendable {
  /// What is known under a key.
  enum Found {
    /// The JSON of the first answer.
    case answer([UInt8])
    /// It has begun, and no answer was stored yet; `reference` is the owner's row.
    case begun(reference: String)
  }

  /// Whose key it is: an account, or a service that calls without one.
  package let account: String
  /// The call's method.
  package let operation: String
  package let key: String
  /// SHA-256 of the call's JSON, its names sorted.
  package let hash: [UInt8]
  /// As an earlier version hashed it, unsorted.
  private let earlierHash: [UInt8]

  /// Nil when the caller named no key. Throws `IDEMPOTENCY_KEY_INVALID`.
  package init?<C: Call>(_ call: C, _ context: CallContext) throws {
    guard let key = context.key else { return nil }
    guard (1...SavedAnswers.keyBytes).contains(key.utf8.count) else {
      throw CallFailure.invalidArgument(
        "IDEMPOTENCY_KEY_INVALID", "An Idempotency-Key has 1 to \(SavedAnswers.keyBytes) bytes.",
        field: "Idempotency-Key")
    }
    self.key = key
    // Services that call without an account have their own keys.
    account = context.account ?? "service \(context.caller.rawValue)"
    operation = C.method
    let json = try JSONCoder.encode(call)
    earlierHash = SHA256.hash(json)
    // The call's own members have their order; a dictionary within has another in each process.
    let isFlat = json.count { $0 == UInt8(ascii: "{") } <= 1
    hash = isFlat ? earlierHash : SHA256.hash(try JSONCoder.encode(try JSONValue(parsing: json).sorted))
  }

  private var binding: String { SavedAnswers.binding(account: account, operation: operation, key: key) }

  /// Tells keys apart within a process.
  var identity: [String] { [account, operation, key] }

  /// What was stored under the key in the last 24 hours. Throws `IDEMPOTENCY_KEY_REUSED` when that was another request.
  func find(_ connection: Connection, _ keyring: SealingKeyring, now: Int64) throws -> Found? {
    let known = try connection.first(
      """
      SELECT answer, reference FROM saved_answers
      WHERE account_id = ? AND operation = ? AND key = ? AND created_at > ?
      """, account, operation, key, now - SavedAnswers.keptMilliseconds
    ) { (sealed: try $0.text(0), reference: try $0.optionalText(1)) }
    guard let known else { return nil }
    let opened = try keyring.open(known.sealed, binding: binding).bytes
    let asked = Array(opened.prefix(hash.count))
    guard constantTimeEquals(asked, hash) || constantTimeEquals(asked, earlierHash) else {
      throw CallFailure.idempotencyKeyReused
    }
    let answer = Array(opened.dropFirst(hash.count))
    if answer.isEmpty, let reference = known.reference { return .begun(reference: reference) }
    return .answer(answer)
  }

  /// The answer as it was given. Throws `IDEMPOTENCY_ANSWER_OUTDATED` when an update has changed what answers look like
  /// since: doing it again would be worse.
  static func read<Reply: Decodable>(_ answer: [UInt8]) throws(CallFailure) -> Reply {
    do throws(JSONDecodingFailure) {
      return try JSONCoder.decode(Reply.self, from: answer)
    } catch {
      throw .failedPrecondition(
        "IDEMPOTENCY_ANSWER_OUTDATED",
        "This request was done before an update, and its answer cannot be shown any more: read what it has made.")
    }
  }

  /// Stores the answer, or that the call has begun; forgets what is too old or too much.
  func keep(
    _ answer: [UInt8], reference: String? = nil, _ connection: Connection, _ keyring: SealingKeyring, now: Int64,
    maximum: Int
  ) throws {
    // One that is kept no longer may still be there.
    try connection.execute(
      "DELETE FROM saved_answers WHERE account_id = ? AND operation = ? AND key = ?", account, operation, key)
    try connection.execute(
      """
      INSERT INTO saved_answers (account_id, operation, key, answer, reference, created_at) VALUES (?, ?, ?, ?, ?, ?)
      """, account, operation, key, sealed(answer, keyring), reference, now)
    let newest = connection.lastInsertRowID
    try connection.execute(
      """
      DELETE FROM saved_answers WHERE sequence IN
        (SELECT sequence FROM saved_answers WHERE created_at <= ? ORDER BY created_at LIMIT ?)
      """, now - SavedAnswers.keptMilliseconds, SavedAnswers.deletedPerWrite)
    // Rows go from the old end only, so the distance to the newest bounds their number without counting them.
    try connection.execute(
      """
      DELETE FROM saved_answers WHERE sequence IN
        (SELECT sequence FROM saved_answers WHERE sequence <= ? ORDER BY sequence LIMIT ?)
      """, newest - Int64(maximum), SavedAnswers.deletedPerWrite)
  }

  /// Adds the answer to a call that was stored as begun.
  func finish(_ answer: [UInt8], _ connection: Connection, _ keyring: SealingKeyring) throws {
    try connection.execute(
      "UPDATE saved_answers SET answer = ? WHERE account_id = ? AND operation = ? AND key = ?",
      sealed(answer, keyring), account, operation, key)
  }

  private func sealed(_ answer: [UInt8], _ keyring: SealingKeyring) -> String {
    keyring.seal(Secret(hash + answer), binding: binding)
  }
}
