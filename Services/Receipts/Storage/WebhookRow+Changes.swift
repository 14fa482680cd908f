import Contracts
import Crypto
import Store

extension WebhookRow {
  /// A new one with its secret, which is shown in this answer only.
  static func make(
    _ kind: Webhook.Kind, sender: SenderID?, url: String?, _ account: String, _ keyring: SealingKeyring, at now: Int64
  ) -> (row: WebhookRow, secret: SigningSecret) {
    let secret = SigningSecret.make()
    let id = WebhookID(trusted: "whk_" + ULID.make(milliseconds: now))
    let row = WebhookRow(
      id: id, account: AccountID(trusted: account), kind: kind, sender: sender, url: url,
      sealedSecret: keyring.seal(secret.text, binding: binding(id)), secretFingerprint: secret.fingerprint,
      createdAt: now)
    return (row, secret)
  }

  /// Stores a change by a person.
  mutating func change(at now: Int64, _ connection: Connection) throws {
    dropExpiredSecret(at: now)
    version += 1
    updatedAt = now
    try update(connection)
  }

  /// Gone for everybody from here on, with everything that opens a door. Its deliveries are called off by and by
  /// (`DeletedWebhook`): there may be a million.
  func delete(at now: Int64, _ connection: Connection) throws {
    try connection.execute(
      """
      UPDATE webhooks SET deleted_at = ?, updated_at = ?, version = version + 1, url = iif(kind = 'receipts', NULL, ''),
        secret = NULL, previous_secret = NULL, previous_fingerprint = NULL, previous_until = NULL, headers = NULL
      WHERE id = ?
      """, now, now, id.text)
  }

  /// How many endpoints an account has.
  static func countEndpoints(account: String, _ connection: Connection) throws -> Int {
    try connection.first(
      """
      SELECT count(*) FROM webhooks INDEXED BY webhooks_endpoints
      WHERE account_id = ? AND kind = 'endpoint' AND deleted_at IS NULL
      """, account
    ) { try $0.int(0) } ?? 0
  }

  /// Wipes secrets whose overlap has ended, at most `limit`; answers how many, and when the next one ends.
  static func wipeExpiredSecrets(at now: Int64, limit: Int, _ connection: Connection) throws
    -> (wiped: Int, next: Int64?)
  {
    try connection.execute(
      """
      UPDATE webhooks SET previous_secret = NULL, previous_fingerprint = NULL, previous_until = NULL
      WHERE id IN (
        SELECT id FROM webhooks INDEXED BY webhooks_retiring
        WHERE previous_until IS NOT NULL AND previous_until <= ? ORDER BY previous_until LIMIT ?)
      """, now, limit)
    let wiped = connection.changes
    let next = try connection.first(
      "SELECT min(previous_until) FROM webhooks INDEXED BY webhooks_retiring WHERE previous_until IS NOT NULL"
    ) { try $0.optionalInt64(0) }
    return (wiped, next ?? nil)
  }
}
