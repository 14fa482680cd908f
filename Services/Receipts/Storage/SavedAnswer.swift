import Crypto
import Contracts
import Store
import Workers

/// The answers to saves of webhooks that an earlier version kept in a table of their own.
enum SavedAnswer {
  /// Moves them to where answers are kept now.
  static func moveEarlier(_ keyring: SealingKeyring, at now: Int64, _ connection: Connection) throws {
    try connection.forEach(
      "SELECT account_id, key, body_hash, answer, created_at FROM webhook_saves WHERE created_at > ?",
      now - SavedAnswers.keptMilliseconds
    ) { row in
      let (account, key) = (try row.text(0), try row.text(1))
      let answer = try keyring.open(try row.text(3), binding: "webhook_saves.answer:\(account):\(key)")
      try connection.adoptAnswer(
        answer.bytes, account: account, operation: ReceiptsAPI.SetWebhook.method, key: key,
        bodyHash: try row.blob(2), createdAt: try row.int64(4), keyring)
    }
    try connection.execute("DELETE FROM webhook_saves")
  }
}
