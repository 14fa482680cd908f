extension DurableQueue {
  /// Ends every lease: at start-up, by the only process that owns the database, whose predecessor is dead.
  /// Returns how many there were.
  @discardableResult
  package func releaseLeases(_ connection: Connection) throws(StoreFailure) -> Int {
    try connection.execute(
      "UPDATE \(table) SET leased_until = NULL, lease_token = NULL WHERE leased_until IS NOT NULL")
    return connection.changes
  }
}
