import Contracts
import Crypto
import Store
import Wire

/// API keys in SQL, as people see them.
enum KeyRow {
  private static let columns = """
    id, name, role, prefix, origin, rate_per_second, created_at, last_used_at, expires_at, revoked_at, version
    """
  private static let isLive = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)"

  static func find(_ id: APIKeyID, account: AccountID, _ connection: Connection) throws -> APIKey? {
    try connection.first(
      "SELECT \(columns) FROM api_keys WHERE id = ? AND account_id = ?", id.text, account.text, map: key)
  }

  /// Newest first.
  static func list(account: AccountID, before: String?, limit: Int, _ connection: Connection) throws -> [APIKey] {
    try connection.all(
      "SELECT \(columns) FROM api_keys WHERE account_id = ? AND id < ? ORDER BY id DESC LIMIT ?", account.text,
      before ?? "key_~", limit, map: key)
  }

  static func countLive(account: AccountID, now: Int64, _ connection: Connection) throws -> Int {
    try connection.first("SELECT count(*) FROM api_keys WHERE account_id = ? AND \(isLive)", account.text, now) {
      try $0.int(0)
    } ?? 0
  }

  /// Whether another admin key of the account works.
  static func hasAdmin(besides id: APIKeyID, account: AccountID, now: Int64, _ connection: Connection) throws -> Bool {
    try connection.first(
      "SELECT 1 FROM api_keys WHERE account_id = ? AND \(isLive) AND role = 'admin' AND id <> ? LIMIT 1", account.text,
      now, id.text, map: { _ in true }) ?? false
  }

  static func insert(_ key: APIKey, hash: [UInt8], account: AccountID, _ connection: Connection) throws {
    try connection.execute(
      """
      INSERT INTO api_keys (id, account_id, name, role, hash, prefix, origin, rate_per_second, created_at, expires_at,
        version)
      VALUES (?, ?, ?, ?, ?, ?, 'made', ?, ?, ?, ?)
      """, key.id.text, account.text, key.name, key.role.rawValue, hash, key.prefix, key.ratePerSecond,
      key.createdAt.milliseconds, key.expiresAt?.milliseconds, key.version)
  }

  static func update(_ key: APIKey, _ connection: Connection) throws {
    try connection.execute(
      """
      UPDATE api_keys SET name = ?, rate_per_second = ?, expires_at = ?, revoked_at = ?, version = ? WHERE id = ?
      """, key.name, key.ratePerSecond, key.expiresAt?.milliseconds, key.revokedAt?.milliseconds, key.version,
      key.id.text)
  }

  /// Forgets the oldest keys that have ended, beyond those that stay listed: a few at a time.
  static func prune(account: AccountID, now: Int64, _ connection: Connection) throws {
    try connection.execute(
      """
      DELETE FROM api_keys WHERE id IN
        (SELECT id FROM api_keys
         WHERE account_id = ? AND origin = 'made' AND (revoked_at IS NOT NULL OR expires_at <= ?)
         ORDER BY id DESC
         LIMIT 16 OFFSET ?)
      """, account.text, now, AccessRules.endedKeys)
  }

  private static func key(_ row: Row) throws -> APIKey {
    APIKey(
      id: APIKeyID(trusted: try row.text(0)), name: try row.text(1), role: Role(rawValue: try row.text(2)) ?? .viewer,
      prefix: try row.text(3), isFromFile: try row.text(4) == "file", ratePerSecond: try row.optionalInt(5),
      createdAt: Timestamp(milliseconds: try row.int64(6)), lastUsedAt: try time(row, 7), expiresAt: try time(row, 8),
      revokedAt: try time(row, 9), version: try row.int64(10))
  }

  private static func time(_ row: Row, _ column: Int) throws -> Timestamp? {
    try row.optionalInt64(column).map { Timestamp(milliseconds: $0) }
  }
}
