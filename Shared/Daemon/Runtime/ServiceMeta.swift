import Crypto
import Store

/// A small table that every service's database has besides its own: what the daemon itself remembers.
enum ServiceMeta {
  private static let sealingProbe = "sealing_probe"

  /// Makes the table and checks that the sealing keys given are those of the data.
  ///
  /// At first start a constant is sealed and stored. Later it must open, or somebody has exchanged the key
  /// file or the database: refusing now beats finding each secret unreadable later.
  static func prepare(_ database: Database, keyring: SealingKeyring) async throws {
    let sealed = try await database.write { connection -> String in
      try connection.execute(
        "CREATE TABLE IF NOT EXISTS service_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
      if let sealed = try connection.first(
        "SELECT value FROM service_meta WHERE key = ?", sealingProbe, map: { try $0.text(0) })
      {
        return sealed
      }
      let sealed = keyring.probe()
      try store(sealingProbe, sealed, connection)
      return sealed
    }
    try keyring.check(probe: sealed)
    if keyring.needsReseal(sealed) {
      try await database.write { connection in try store(sealingProbe, keyring.probe(), connection) }
    }
  }

  /// A write that changes nothing anybody reads: shows that the disk still takes writes.
  static func touch(_ database: Database) async throws {
    try await database.write { connection in try store("health", "ok", connection) }
  }

  private static func store(_ key: String, _ value: String, _ connection: Connection) throws {
    try connection.execute(
      "INSERT INTO service_meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      key, value)
  }
}
