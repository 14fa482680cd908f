import Contracts
import Crypto
import JSON
import Store
import Telemetry
import Wire
import Workers

/// Accounts: for the operator's account only.
struct AccountHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let keys: KeyHandlers
  let clock: WallClock
  let log: Log

  func create(_ call: SenderRegistryAPI.CreateAccount, _ context: CallContext) async throws -> Account {
    let caller = try context.accountID
    let name = try Self.name(call.name)
    let now = clock.now
    let account = try await database.write { [keyring] connection in
      try Self.requireOperator(caller, connection)
      return try connection.once(call, context, keyring, now: now) {
        try Self.checkFree(name, besides: nil, connection)
        let account = Account(
          id: AccountID(trusted: "acc_" + ULID.make(milliseconds: now)), name: name, isOperator: false,
          isEnabled: true, createdAt: Timestamp(milliseconds: now), version: 1)
        try AccountRow.insert(account, connection)
        return account
      }
    }
    log.notice("account.created", ["account": .string(account.id.text)])
    return account
  }

  func get(_ call: SenderRegistryAPI.GetAccount, _ context: CallContext) async throws -> Account {
    let caller = try context.accountID
    return try await database.read { connection in
      try Self.find(call.id, for: caller, connection)
    }
  }

  func list(_ call: SenderRegistryAPI.ListAccounts, _ context: CallContext) async throws -> Page<Account> {
    let caller = try context.accountID
    let limit = try PageRequest.limit(call.limit)
    let before = try PageRequest.position(call.cursor)
    let found = try await database.read { connection in
      try Self.requireOperator(caller, connection)
      return try AccountRow.list(before: before, limit: limit + 1, connection)
    }
    return PageRequest.page(found, limit: limit) { $0.id.text }
  }

  func update(_ call: SenderRegistryAPI.UpdateAccount, _ context: CallContext) async throws -> Account {
    let caller = try context.accountID
    let name = try call.name.map(Self.name)
    let account = try await database.write { connection in
      var account = try Self.find(call.id, for: caller, connection)
      try IfVersion.check(call.ifVersion, current: account.version)
      let before = account
      if let name {
        try Self.checkFree(name, besides: account.id, connection)
        account.name = name
      }
      if let isEnabled = call.isEnabled {
        guard isEnabled || !account.isOperator else {
          throw CallFailure.failedPrecondition(
            "OPERATOR_ACCOUNT", "The operator's own account cannot be disabled: nobody could enable it again.")
        }
        account.isEnabled = isEnabled
      }
      guard account != before else { return before }
      account.version += 1
      try AccountRow.update(account, connection)
      return account
    }
    log.notice(
      "account.updated", ["account": .string(account.id.text), "enabled": .bool(account.isEnabled)])
    return account
  }

  /// A key of any account: its first one, or a new one when all are lost.
  func createKey(_ call: SenderRegistryAPI.CreateAccountKey, _ context: CallContext) async throws -> APIKey {
    let caller = try context.accountID
    let wish = try keys.wish(
      name: call.name, role: call.role, expiresAt: call.expiresAt, ratePerSecond: call.ratePerSecond,
      most: AccessRules.mostPerSecond)
    return try await keys.make(wish, of: call.id, for: call, context) {
      _ = try Self.find(call.id, for: caller, $0)
    }
  }

  private static func requireOperator(_ account: AccountID, _ connection: Connection) throws {
    guard try connection.isOperator(account) else {
      throw CallFailure.permissionDenied("OPERATOR_ONLY", "Only admin keys of the operator's account manage accounts.")
    }
  }

  /// Who is not the operator learns nothing of other accounts, not even that they exist.
  private static func find(
    _ id: AccountID, for caller: AccountID, _ connection: Connection
  ) throws -> Account {
    if id == caller { try requireOperator(caller, connection) }
    guard try connection.isOperator(caller), let account = try AccountRow.find(id, connection) else {
      throw CallFailure.notFound("ACCOUNT_NOT_FOUND", "There is no account \(id).")
    }
    return account
  }

  private static func name(_ input: String) throws(CallFailure) -> String {
    guard let name = AccessRules.name(input) else {
      throw .invalidArgument(
        "NAME_INVALID", "name: 1 to 80 characters without control characters", field: "name")
    }
    return name
  }

  private static func checkFree(_ name: String, besides id: AccountID?, _ connection: Connection) throws {
    if let holder = try AccountRow.holder(ofName: name, connection), holder != id {
      throw CallFailure(
        .alreadyExists, "ACCOUNT_NAME_IN_USE", "name: the account \(holder) has this name.",
        details: ["field": "name", "account_id": .string(holder.text)])
    }
  }
}
