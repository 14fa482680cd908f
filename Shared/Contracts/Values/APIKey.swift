package import Wire

/// What opens the REST API for an account. Its text is shown once, in the answer that made it.
package struct APIKey: Codable, Sendable, Equatable {
  package var id: APIKeyID
  package var name: String
  package var role: Role
  /// The key itself, `wsk_…`: present only in the answer that made it.
  package var key: String?
  /// How the key begins, to tell keys apart.
  package var prefix: String
  /// True for the key in the operator's file, which is changed by changing that file.
  package var isFromFile: Bool
  /// Requests it may make per second on average; absent means the service's own limit.
  package var ratePerSecond: Int?
  package var createdAt: Timestamp
  /// To the minute.
  package var lastUsedAt: Timestamp?
  package var expiresAt: Timestamp?
  package var revokedAt: Timestamp?
  package var version: Int64

  package init(
    id: APIKeyID, name: String, role: Role, key: String? = nil, prefix: String, isFromFile: Bool, ratePerSecond: Int?,
    createdAt: Timestamp, lastUsedAt: Timestamp?, expiresAt: Timestamp?, revokedAt: Timestamp?, version: Int64
  ) {
    self.id = id
    self.name = name
    self.role = role
    self.key = key
    self.prefix = prefix
    self.isFromFile = isFromFile
    self.ratePerSecond = ratePerSecond
    self.createdAt = createdAt
    self.lastUsedAt = lastUsedAt
    self.expiresAt = expiresAt
    self.revokedAt = revokedAt
    self.version = version
  }
}
