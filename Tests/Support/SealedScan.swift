import Crypto
package import Store
import Telemetry
import Transport
package import Workers

/// Looks for sealed values in every column of every table of a database, declared or not, and changes its keys.
package struct SealedScan: Sendable {
  /// Every `table.column` with the shape of a sealed value anywhere in a text or blob.
  package let found: Set<String>
  /// Those that the service has not declared.
  package let undeclared: Set<String>
  /// What sealing everything declared with a new key came to: it shows that each binding is the one the value has.
  package let report: SealingReport

  /// `keyring` is the one the values were sealed with. Every value is sealed anew with a key of this scan.
  package init(_ database: Database, declared: [SealedColumn], sealedBy keys: String) async throws {
    let old = try SealingKeyring(parsing: keys)
    let id = old.currentKeyID
    found = try await database.read { try Self.columns(holding: "v1.\(id).", $0) }
    undeclared = found.subtracting(declared.map(\.name)).subtracting(["service_meta.value"])
    let rotated = try SealingKeyring(parsing: SealingKeyring.generateFileText(keyID: "scan") + keys)
    let loop = try EventLoop(name: "scan")
    var limits = Resealer.Limits()
    limits.pause = .milliseconds(1)
    let resealer = Resealer(
      declared, database: database, keyring: rotated, loop: loop, clock: .system, log: .silent, metrics: Metrics(),
      limits: limits)
    resealer.start()
    // Either all is done or what is left does not open; both end the pass.
    try await eventually("the values are sealed anew") {
      let report = try await resealer.report()
      return report.isDone || report.unreadableCount > 0
    }
    report = try await resealer.report()
    await resealer.stop()
    loop.stop()
  }

  private static func columns(holding text: String, _ connection: Connection) throws -> Set<String> {
    let all = try connection.all(
      """
      SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
      WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
      """
    ) { (table: try $0.text(0), column: try $0.text(1)) }
    var found: Set<String> = []
    for place in all {
      let holds = try connection.first(
        """
        SELECT 1 FROM "\(place.table)" WHERE instr(CAST("\(place.column)" AS BLOB), CAST(? AS BLOB)) > 0 LIMIT 1
        """, text, map: { _ in true })
      if holds == true { found.insert("\(place.table).\(place.column)") }
    }
    return found
  }
}
