import Contracts
import Crypto
import SenderRegistry
import Store
import TestSupport
import Wire

/// Keys of every role for the account that the product starts with, and for another one.
struct TwoAccounts: Sendable {
  private(set) var first: [Role: String] = [:]
  private(set) var second: [Role: String] = [:]

  init() {
    for role in Role.allCases {
      first[role] = "wsk_" + Base64.encodeURLSafe(RandomBytes.make(32))
      second[role] = "wsk_" + Base64.encodeURLSafe(RandomBytes.make(32))
    }
  }

  /// Writes them into the registry's database before it starts.
  func write(to services: ServiceProcesses) async throws {
    let database = try Database(
      path: services.database(.senderRegistry), migrations: SenderRegistryService.migrations)
    defer { database.close() }
    try await database.write { connection in
      for (name, keys) in [("default", first), ("other", second)] {
        let account = try connection.ensureAccount(named: name, now: 1)
        for (role, key) in keys {
          guard let text = APIKeyText(key) else { continue }
          _ = try connection.addAPIKey(
            text, account: account, name: "\(name) \(role)", role: role, expiresAt: nil, now: 1)
        }
      }
    }
  }
}
