package import Crypto
package import Store

extension Connection {
  /// Takes over an answer that an earlier version kept in a table of its own, so that its repeat still gets it.
  /// `bodyHash` is the SHA-256 of the JSON of the call. One that is here already stays.
  package func adoptAnswer(
    _ answer: [UInt8], account: String, operation: String, key: String, bodyHash: [UInt8], createdAt: Int64,
    _ keyring: SealingKeyring
  ) throws {
    let binding = SavedAnswers.binding(account: account, operation: operation, key: key)
    try execute(
      """
      INSERT INTO saved_answers (account_id, operation, key, answer, created_at) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO NOTHING
      """, account, operation, key, keyring.seal(Secret(bodyHash + answer), binding: binding), createdAt)
  }
}
