import Contracts
import Crypto
import Store
import Telemetry

/// What must be there before the first request: an account, the operator's key, an epoch for replicas.
struct Bootstrap: Sendable {
  var accountName: String
  var adminKey: APIKeyText?
  /// Set once after a backup was restored.
  var startsNewEpoch: Bool
  var keyring: SealingKeyring

  @discardableResult
  func run(_ database: Database, clock: WallClock) async throws -> AccountID {
    try await database.write { connection in
      let now = clock.now
      let account = try connection.ensureOperatorAccount(named: accountName, now: now)
      if let adminKey { try connection.ensureFileKey(adminKey, account: account, now: now) }
      try connection.ensureReplicaEpoch(startNew: startsNewEpoch)
      try connection.moveEarlierAnswers(keyring, now: now)
      return account
    }
  }
}
