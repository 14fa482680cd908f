import Crypto
import Store
import Workers

/// A small table that every service's database has besides its own: what the daemon itself remembers.
enum ServiceMeta {
  private static let sealingProbe = "sealing_probe"

  /// Where the probe lies. It is sealed anew after everything else.
  static let probe = SealedColumn("service_meta", "value", key: ["key"], filter: "key = '\(sealingProbe)'") { _ in
    SealingKeyring.probeBinding
  }

  /// Makes the table and checks that the sealing keys given are those of the data in `columns`.
  ///
  /// At first start a constant is sealed and stored. Later it must open, or somebody has exchanged the key
  /// file or the database: refusing now beats finding each secret unreadable later. For the same reason every key
  /// that a value needs must be there.
  static func prepare(_ database: Database, columns: [SealedColumn], keyring: SealingKeyring) async throws {
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
    let census = try await database.read { try SealingCensus(columns + [probe], $0) }
    let missing = census.missing(in: keyring)
    guard missing.isEmpty else {
      throw LaunchFailure.keys(
        missing.map { key in
          """
          the database holds \(key.values) \(key.values == 1 ? "value" : "values") sealed with key "\(key.keyID)", \
          which SEALING_KEY_FILE does not hold: put its line back; it may go once /sealing lists it as removable
          """
        })
    }
    try keyring.check(probe: sealed)
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
