package import Contracts
import Crypto
package import Store
package import Wire

/// A row of `api_keys` that may be used now.
struct APIKeyRow: Sendable {
  let id: APIKeyID
  let accountID: AccountID
  let role: Role
  let lastUsedAt: Int64?
  /// Requests per second; nil means the service's own limit.
  let ratePerSecond: Int?
}

/// Why a key does not open the door.
enum APIKeyRefusal: Error, Equatable {
  case unknown
  case expired
  case revoked
  /// The key is good, but its account was stopped.
  case accountDisabled
}

extension Connection {
  /// The key with this hash. Throws `APIKeyRefusal`.
  func apiKey(hash: [UInt8], now: Int64) throws -> APIKeyRow {
    let found = try first(
      """
      SELECT k.id, k.account_id, k.role, k.last_used_at, k.expires_at, k.revoked_at, k.rate_per_second, a.is_enabled
      FROM api_keys k JOIN accounts a ON a.id = k.account_id
      WHERE k.hash = ?
      """, hash
    ) { row -> APIKeyRow in
      if !row.isNull(5) { throw APIKeyRefusal.revoked }
      if let expiresAt = try row.optionalInt64(4), expiresAt <= now { throw APIKeyRefusal.expired }
      if try !row.bool(7) { throw APIKeyRefusal.accountDisabled }
      guard let role = Role(rawValue: try row.text(2)) else { throw APIKeyRefusal.unknown }
      return APIKeyRow(
        id: APIKeyID(trusted: try row.text(0)), accountID: AccountID(trusted: try row.text(1)), role: role,
        lastUsedAt: try row.optionalInt64(3), ratePerSecond: try row.optionalInt(6))
    }
    guard let found else { throw APIKeyRefusal.unknown }
    return found
  }

  func touchAPIKey(_ id: APIKeyID, now: Int64) throws {
    try execute("UPDATE api_keys SET last_used_at = ? WHERE id = ?", now, id.text)
  }

  /// Makes the key in the operator's file the one admin key of that origin: a key that was there before and is no
  /// longer in the file stops working.
  func ensureFileKey(_ key: APIKeyText, account: AccountID, now: Int64) throws {
    try execute(
      "UPDATE api_keys SET revoked_at = ? WHERE origin = 'file' AND revoked_at IS NULL AND hash <> ?", now, key.hash)
    try execute(
      """
      INSERT INTO api_keys (id, account_id, name, role, hash, prefix, origin, created_at)
      VALUES (?, ?, 'ADMIN_API_KEY', 'admin', ?, ?, 'file', ?)
      ON CONFLICT (hash) DO UPDATE SET revoked_at = NULL, expires_at = NULL, account_id = excluded.account_id,
        role = 'admin', origin = 'file'
      """, "key_" + ULID.make(milliseconds: now), account.text, key.hash, key.prefix, now)
  }

  /// Adds a key of a role; its text is the caller's to show, once.
  package func addAPIKey(
    _ key: APIKeyText, account: AccountID, name: String, role: Role, expiresAt: Int64?, now: Int64
  ) throws -> APIKeyID {
    let id = APIKeyID(trusted: "key_" + ULID.make(milliseconds: now))
    try execute(
      """
      INSERT INTO api_keys (id, account_id, name, role, hash, prefix, origin, created_at, expires_at)
      VALUES (?, ?, ?, ?, ?, ?, 'made', ?, ?)
      """, id.text, account.text, name, role.rawValue, key.hash, key.prefix, now, expiresAt)
    return id
  }
}
