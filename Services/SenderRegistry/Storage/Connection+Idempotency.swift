import Contracts
import Crypto
import JSON
import Store
import Wire

extension Connection {
  /// How long an answer is kept for its repeat: 24 hours are promised, a day more costs little.
  private static let keptMilliseconds: Int64 = 48 * 3_600_000

  /// Does `work` once for a key of an account: a repeat with the same body gets the first answer, another body is
  /// refused. The answer is stored in the transaction of the effect. Without a key it is simply done.
  func once<C: Call>(
    _ call: C, key: String?, account: AccountID, now: Int64, _ work: () throws -> C.Reply
  ) throws -> C.Reply {
    guard let key else { return try work() }
    let hash = SHA256.hash(try JSONCoder.encode(call))
    let known = try first(
      "SELECT body_hash, answer FROM idempotency WHERE account_id = ? AND operation = ? AND key = ?", account.text,
      C.method, key
    ) { (hash: try $0.blob(0), answer: try $0.blob(1)) }
    if let known {
      guard known.hash == hash else {
        throw CallFailure.alreadyExists(
          "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used with another body: use a new key for a new request.")
      }
      return try JSONCoder.decode(C.Reply.self, from: known.answer)
    }
    let answer = try work()
    try execute("DELETE FROM idempotency WHERE created_at < ?", now - Self.keptMilliseconds)
    try execute(
      "INSERT INTO idempotency (account_id, operation, key, body_hash, answer, created_at) VALUES (?, ?, ?, ?, ?, ?)",
      account.text, C.method, key, hash, try JSONCoder.encode(answer), now)
    return answer
  }

  /// How long the id of an event is remembered: its sender gives up long before.
  private static let rememberedMilliseconds: Int64 = 30 * 86_400_000

  /// True the first time an event id is seen.
  func receive(_ event: EventID, now: Int64) throws -> Bool {
    try execute("DELETE FROM inbox_events WHERE received_at < ?", now - Self.rememberedMilliseconds)
    try execute("INSERT INTO inbox_events (id, received_at) VALUES (?, ?) ON CONFLICT DO NOTHING", event.text, now)
    return changes == 1
  }
}
