import Crypto
import Store
import Telemetry
import Wire

/// Everything about accounts, keys and the audit log.
struct AccessRoutes: Sendable {
  private let keys: KeyHandlers
  private let accounts: AccountHandlers
  private let audit: AuditHandlers

  init(database: Database, keyring: SealingKeyring, requestsPerSecond: Int, clock: WallClock, log: Log) {
    keys = KeyHandlers(
      database: database, keyring: keyring, requestsPerSecond: requestsPerSecond, clock: clock, log: log)
    accounts = AccountHandlers(database: database, keyring: keyring, keys: keys, clock: clock, log: log)
    audit = AuditHandlers(database: database)
  }

  func add(to router: inout Router) {
    router.on(accounts.create)
    router.on(accounts.get)
    router.on(accounts.list)
    router.on(accounts.update)
    router.on(accounts.createKey)
    router.on(keys.create)
    router.on(keys.get)
    router.on(keys.list)
    router.on(keys.update)
    router.on(keys.revoke)
    router.on(keys.me)
    router.on(audit.list)
  }
}
