import Contracts
import Crypto
import Store
import Workers

extension Connection {
  /// Moves the answers that an earlier version kept, unsealed, in `idempotency` to where answers are kept now.
  func moveEarlierAnswers(_ keyring: SealingKeyring, now: Int64) throws {
    try forEach(
      "SELECT account_id, operation, key, body_hash, answer, created_at FROM idempotency WHERE created_at > ?",
      now - SavedAnswers.keptMilliseconds
    ) { row in
      try adoptAnswer(
        try row.blob(4), account: try row.text(0), operation: try row.text(1), key: try row.text(2),
        bodyHash: try row.blob(3), createdAt: try row.int64(5), keyring)
    }
    try execute("DELETE FROM idempotency")
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
