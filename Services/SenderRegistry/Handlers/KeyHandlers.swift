import Contracts
import Crypto
import Store
import Telemetry
import Wire
import Workers

/// API keys: an account's admins manage their own.
struct KeyHandlers: Sendable {
  /// A key that is asked for, checked.
  struct Wish: Sendable {
    let name: String
    let role: Role
    let expiresAt: Timestamp?
    let ratePerSecond: Int?
  }

  let database: Database
  let keyring: SealingKeyring
  /// The service's own rate: no account gives its keys more.
  let requestsPerSecond: Int
  let clock: WallClock
  let log: Log

  func create(_ call: SenderRegistryAPI.CreateKey, _ context: CallContext) async throws -> APIKey {
    let account = try context.accountID
    let wish = try wish(
      name: call.name, role: call.role, expiresAt: call.expiresAt, ratePerSecond: call.ratePerSecond,
      most: requestsPerSecond)
    return try await make(wish, of: account, for: call, context)
  }

  func get(_ call: SenderRegistryAPI.GetKey, _ context: CallContext) async throws -> APIKey {
    let account = try context.accountID
    return try await database.read { try Self.find(call.id, account, $0) }
  }

  func list(_ call: SenderRegistryAPI.ListKeys, _ context: CallContext) async throws -> Page<APIKey> {
    let account = try context.accountID
    let limit = try PageRequest.limit(call.limit)
    let before = try PageRequest.position(call.cursor)
    let found = try await database.read {
      try KeyRow.list(account: account, before: before, limit: limit + 1, $0)
    }
    return PageRequest.page(found, limit: limit) { $0.id.text }
  }

  func update(_ call: SenderRegistryAPI.UpdateKey, _ context: CallContext) async throws -> APIKey {
    let account = try context.accountID
    let name = try call.name.map(Self.name)
    if let rate = call.ratePerSecond.value { try Self.check(rate, most: requestsPerSecond) }
    let now = clock.now
    if let moment = call.expiresAt.value { try Self.check(moment, now: now) }
    return try await database.write { connection in
      var key = try Self.find(call.id, account, connection)
      try IfVersion.check(call.ifVersion, current: key.version)
      try Self.checkNotFromFile(key)
      guard key.revokedAt == nil else {
        throw CallFailure.failedPrecondition("KEY_REVOKED", "This key was revoked for good: make a new one.")
      }
      let before = key
      if let name { key.name = name }
      key.expiresAt = call.expiresAt.applied(to: key.expiresAt)
      key.ratePerSecond = call.ratePerSecond.applied(to: key.ratePerSecond)
      guard key != before else { return before }
      if key.role == .admin, let end = key.expiresAt, before.expiresAt.map({ end < $0 }) ?? true,
        try !KeyRow.hasAdmin(besides: key.id, account: account, now: now, connection)
      {
        throw CallFailure.failedPrecondition(
          "LAST_ADMIN_KEY", "This is the last admin key of the account that works: make another one first.")
      }
      key.version += 1
      try KeyRow.update(key, connection)
      return key
    }
  }

  func revoke(_ call: SenderRegistryAPI.RevokeKey, _ context: CallContext) async throws -> APIKey {
    let account = try context.accountID
    let now = clock.now
    let key = try await database.write { connection in
      var key = try Self.find(call.id, account, connection)
      try IfVersion.check(call.ifVersion, current: key.version)
      try Self.checkNotFromFile(key)
      if key.revokedAt != nil { return key }
      let isLast = try !KeyRow.hasAdmin(besides: key.id, account: account, now: now, connection)
      guard key.role != .admin || !isLast else {
        throw CallFailure.failedPrecondition(
          "LAST_ADMIN_KEY", "This is the last admin key of the account that works: make another one first.")
      }
      key.revokedAt = Timestamp(milliseconds: now)
      key.version += 1
      try KeyRow.update(key, connection)
      return key
    }
    log.notice("api_key.revoked", ["key": .string(key.id.text), "account": .string(account.text)])
    return key
  }

  func me(_ call: SenderRegistryAPI.GetMe, _ context: CallContext) async throws -> SenderRegistryAPI.GetMe.Reply {
    let id = try context.accountID
    guard let actor = context.actor else {
      throw CallFailure.permissionDenied("ACTOR_REQUIRED", "this call is made with an API key")
    }
    return try await database.read { connection in
      let key = try Self.find(APIKeyID(trusted: actor), id, connection)
      guard let account = try AccountRow.find(id, connection) else {
        throw CallFailure.notFound("ACCOUNT_NOT_FOUND", "There is no account \(id).")
      }
      return SenderRegistryAPI.GetMe.Reply(account: account, key: key, role: key.role)
    }
  }

  // MARK: Making one

  /// What is asked of a new key. Throws when a part of it cannot be.
  func wish(
    name: String, role: Role, expiresAt: Timestamp?, ratePerSecond: Int?, most: Int
  ) throws(CallFailure) -> Wish {
    if let expiresAt { try Self.check(expiresAt, now: clock.now) }
    if let ratePerSecond { try Self.check(ratePerSecond, most: most) }
    return Wish(name: try Self.name(name), role: role, expiresAt: expiresAt, ratePerSecond: ratePerSecond)
  }

  /// Makes a key of `account` and shows its text, once. `mayBegin` refuses in the same transaction.
  func make<C: Call>(
    _ wish: Wish, of account: AccountID, for call: C, _ context: CallContext,
    mayBegin: @escaping @Sendable (Connection) throws -> Void = { _ in }
  ) async throws -> APIKey where C.Reply == APIKey {
    let secret = APIKeyText.generate().string ?? ""
    guard let text = APIKeyText(secret) else { throw CallFailure.internal("a key was made that is none") }
    let now = clock.now
    let made = try await database.write { [keyring] connection in
      try mayBegin(connection)
      return try connection.once(call, context, keyring, now: now) {
        guard try KeyRow.countLive(account: account, now: now, connection) < AccessRules.liveKeys else {
          throw CallFailure.failedPrecondition(
            "KEY_LIMIT_REACHED",
            "The account has \(AccessRules.liveKeys) keys that work: revoke those that nobody needs.")
        }
        var key = APIKey(
          id: APIKeyID(trusted: "key_" + ULID.make(milliseconds: now)), name: wish.name, role: wish.role,
          prefix: text.prefix, isFromFile: false, ratePerSecond: wish.ratePerSecond,
          createdAt: Timestamp(milliseconds: now), lastUsedAt: nil, expiresAt: wish.expiresAt, revokedAt: nil,
          version: 1)
        try KeyRow.insert(key, hash: text.hash, account: account, connection)
        try KeyRow.prune(account: account, now: now, connection)
        key.key = secret
        return key
      }
    }
    log.notice(
      "api_key.made",
      ["key": .string(made.id.text), "account": .string(account.text), "role": .string(made.role.rawValue)])
    return made
  }

  // MARK: Checks

  private static func find(_ id: APIKeyID, _ account: AccountID, _ connection: Connection) throws -> APIKey {
    guard let key = try KeyRow.find(id, account: account, connection) else {
      throw CallFailure.notFound("KEY_NOT_FOUND", "There is no key \(id) in this account.")
    }
    return key
  }

  private static func checkNotFromFile(_ key: APIKey) throws(CallFailure) {
    guard key.isFromFile else { return }
    throw .failedPrecondition(
      "KEY_FROM_FILE", "This key comes from the operator's file: change ADMIN_API_KEY_FILE and start again.")
  }

  private static func name(_ input: String) throws(CallFailure) -> String {
    guard let name = AccessRules.name(input) else {
      throw .invalidArgument("NAME_INVALID", "name: 1 to 80 characters without control characters", field: "name")
    }
    return name
  }

  private static func check(_ moment: Timestamp, now: Int64) throws(CallFailure) {
    guard AccessRules.isExpiry(moment, now: now) else {
      throw .invalidArgument(
        "EXPIRY_INVALID", "expires_at: a moment in the future, at most five years away", field: "expires_at")
    }
  }

  private static func check(_ rate: Int, most: Int) throws(CallFailure) {
    guard (1...most).contains(rate) else {
      throw .invalidArgument("RATE_OUT_OF_RANGE", "rate_per_second: 1 to \(most)", field: "rate_per_second")
    }
  }
}
