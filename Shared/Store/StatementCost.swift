/// What one statement of a connection has cost, with its triggers: for tests and measurements of queries.
package struct StatementCost: Sendable {
  /// As it was given.
  package let sql: String
  /// Rows that SQLite stepped over because no index led to them (`SQLITE_STMTSTATUS_FULLSCAN_STEP`).
  package let scannedRows: Int
  /// Operations of SQLite's machine (`SQLITE_STMTSTATUS_VM_STEP`): grows with whatever a statement looks at.
  package let operations: Int
}
