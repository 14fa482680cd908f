package import Wire

extension SenderRegistryAPI {
  /// Accounts, API keys, and who changed what.
  package static let accessCalls: [any Call.Type] = [
    CreateAccount.self, GetAccount.self, ListAccounts.self, UpdateAccount.self, CreateAccountKey.self, CreateKey.self,
    GetKey.self, ListKeys.self, UpdateKey.self, RevokeKey.self, GetMe.self, ListAuditLog.self,
  ]

  /// Makes an account; it has no key yet.
  package struct CreateAccount: Call {
    package static let method = "registry.account.create"
    package static let summary = "Create an account. Only for admin keys of the operator's account."
    package static let details = """
      Creates an account without keys: make its first admin key with `POST /v1/accounts/{id}/keys`. Only admin keys of \
      the operator's account may do this.
      """
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.post, "/v1/accounts", role: .admin, successStatus: 201)
    package typealias Reply = Account
    /// 1 to 80 characters, unlike any other account's.
    package var name: String

    package init(name: String) { self.name = name }
  }

  /// One account.
  package struct GetAccount: Call {
    package static let method = "registry.account.get"
    package static let summary = "One account. Only for admin keys of the operator's account."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/accounts/{id}", role: .admin)
    package typealias Reply = Account
    package var id: AccountID

    package init(id: AccountID) { self.id = id }
  }

  /// All accounts, newest first.
  package struct ListAccounts: Call {
    package static let method = "registry.account.list"
    package static let summary = "All accounts, newest first. Only for admin keys of the operator's account."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/accounts", role: .admin)
    package typealias Reply = Page<Account>
    package var limit: Int?
    package var cursor: String?

    package init(limit: Int? = nil, cursor: String? = nil) {
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// Renames an account, or stops and starts all its keys.
  package struct UpdateAccount: Call {
    package static let method = "registry.account.update"
    package static let summary = "Rename, disable or enable an account. Only for admin keys of the operator's account."
    package static let details = """
      Merges: absent members stay. An account with `is_enabled` false keeps everything it has, and its senders go on \
      receiving, but every request with one of its keys is answered 403 `ACCOUNT_DISABLED`. The operator's own account \
      cannot be disabled.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.patch, "/v1/accounts/{id}", role: .admin)
    package typealias Reply = Account
    package var id: AccountID
    package var name: String?
    package var isEnabled: Bool?
    package var ifVersion: Int64?

    package init(id: AccountID, name: String? = nil, isEnabled: Bool? = nil, ifVersion: Int64? = nil) {
      self.id = id
      self.name = name
      self.isEnabled = isEnabled
      self.ifVersion = ifVersion
    }
  }

  /// Makes a key of another account: its first, or a new one when all are lost.
  package struct CreateAccountKey: Call {
    package static let method = "registry.account.create_key"
    package static let summary = "Make an API key of any account. Only for admin keys of the operator's account."
    package static let details = """
      Makes a key of any account: the first admin key of a new one, or a new one for an account that has lost all of \
      its own. The text of the key is in this answer only; a repeat with the same Idempotency-Key within 24 hours \
      shows it again.
      """
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.post, "/v1/accounts/{id}/keys", role: .admin, successStatus: 201)
    package typealias Reply = APIKey
    package var id: AccountID
    /// 1 to 80 characters.
    package var name: String
    package var role: Role
    /// In the future, at most five years away; without it the key does not expire.
    package var expiresAt: Timestamp?
    /// Requests per second, at most 100,000; without it the service's own limit.
    package var ratePerSecond: Int?

    package init(id: AccountID, name: String, role: Role, expiresAt: Timestamp? = nil, ratePerSecond: Int? = nil) {
      self.id = id
      self.name = name
      self.role = role
      self.expiresAt = expiresAt
      self.ratePerSecond = ratePerSecond
    }
  }

  /// Makes a key of the caller's account.
  package struct CreateKey: Call {
    package static let method = "registry.key.create"
    package static let summary = "Make an API key. Its text is shown once, in this answer."
    package static let details = """
      Makes a key of the caller's account. The text of the key is in this answer only; a repeat with the same \
      Idempotency-Key within 24 hours shows it again. Stored is its SHA-256. An account has at most 200 keys that work.
      """
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.post, "/v1/keys", role: .admin, successStatus: 201)
    package typealias Reply = APIKey
    /// 1 to 80 characters.
    package var name: String
    package var role: Role
    /// In the future, at most five years away; without it the key does not expire.
    package var expiresAt: Timestamp?
    /// Requests per second, at most the service's own limit.
    package var ratePerSecond: Int?

    package init(name: String, role: Role, expiresAt: Timestamp? = nil, ratePerSecond: Int? = nil) {
      self.name = name
      self.role = role
      self.expiresAt = expiresAt
      self.ratePerSecond = ratePerSecond
    }
  }

  /// One key, without its text.
  package struct GetKey: Call {
    package static let method = "registry.key.get"
    package static let summary = "One API key of the account, without its text."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/keys/{id}", role: .admin)
    package typealias Reply = APIKey
    package var id: APIKeyID

    package init(id: APIKeyID) { self.id = id }
  }

  /// Keys of the account, newest first.
  package struct ListKeys: Call {
    package static let method = "registry.key.list"
    package static let summary = "API keys of the account, revoked ones included, newest first."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/keys", role: .admin)
    package typealias Reply = Page<APIKey>
    /// 1 to 100, default 25.
    package var limit: Int?
    package var cursor: String?

    package init(limit: Int? = nil, cursor: String? = nil) {
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// Renames a key, or changes when it expires or how often it may ask.
  package struct UpdateKey: Call {
    package static let method = "registry.key.update"
    package static let summary = "Change an API key's name, expiry or rate. Absent fields stay; null unsets."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.patch, "/v1/keys/{id}", role: .admin)
    package typealias Reply = APIKey
    package var id: APIKeyID
    package var name: String?
    package var expiresAt: Patch<Timestamp>
    package var ratePerSecond: Patch<Int>
    package var ifVersion: Int64?

    package init(
      id: APIKeyID, name: String? = nil, expiresAt: Patch<Timestamp> = .absent, ratePerSecond: Patch<Int> = .absent,
      ifVersion: Int64? = nil
    ) {
      self.id = id
      self.name = name
      self.expiresAt = expiresAt
      self.ratePerSecond = ratePerSecond
      self.ifVersion = ifVersion
    }
  }

  /// Ends a key for good.
  package struct RevokeKey: Call {
    package static let method = "registry.key.revoke"
    package static let summary = "Revoke an API key: it stops working at once and for good."
    package static let details = """
      Revokes a key. It stays in the list with `revoked_at`. The last admin key of an account that works is not revoked \
      (`LAST_ADMIN_KEY`): make another one first. The key in the operator's file is changed in that file \
      (`KEY_FROM_FILE`). Revoking a revoked key changes nothing.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.delete, "/v1/keys/{id}", role: .admin)
    package typealias Reply = APIKey
    package var id: APIKeyID
    package var ifVersion: Int64?

    package init(id: APIKeyID, ifVersion: Int64? = nil) {
      self.id = id
      self.ifVersion = ifVersion
    }
  }

  /// Who is asking: for consoles and for a first try of a new key.
  package struct GetMe: Call {
    package static let method = "registry.key.me"
    package static let summary = "The account, the key and the role behind this request."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/me", role: .viewer)

    package struct Reply: Codable, Sendable, Equatable {
      package var account: Account
      package var key: APIKey
      package var role: Role

      package init(account: Account, key: APIKey, role: Role) {
        self.account = account
        self.key = key
        self.role = role
      }
    }

    package init() {}
  }

  /// Who changed what, newest first.
  package struct ListAuditLog: Call {
    package static let method = "registry.audit.list"
    package static let summary = "Every change that was asked for over this API, newest first; secrets are blanked."
    package static let details = """
      One entry for every request of the account that may change something, written before it is done and completed \
      afterwards. Messages are not among them: they are their own record. An entry that was never completed has the \
      outcome `unknown`: it is being done now, or the service died meanwhile. Values longer than 16 KiB are cut and say \
      so. Entries are kept for `AUDIT_KEEP_DAYS`.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/audit-log", role: .admin)
    package typealias Reply = Page<AuditEntry>
    /// The id of an API key.
    package var actor: String?
    /// As METHODS.md names it.
    package var method: String?
    /// The id of what was changed: of a sender, a key, an assistant.
    package var target: String?
    /// The first moment.
    package var from: Timestamp?
    /// The moment after the last.
    package var to: Timestamp?
    package var limit: Int?
    package var cursor: String?

    package init(
      actor: String? = nil, method: String? = nil, target: String? = nil, from: Timestamp? = nil, to: Timestamp? = nil,
      limit: Int? = nil, cursor: String? = nil
    ) {
      self.actor = actor
      self.method = method
      self.target = target
      self.from = from
      self.to = to
      self.limit = limit
      self.cursor = cursor
    }
  }
}
