/// One step of a schema. A service's list of steps is append-only: a released step never changes.
package struct Migration: Sendable {
  /// What the step does, for the error message when it cannot.
  package let name: String
  /// The statements of the step; they run in one transaction.
  package let sql: String

  /// A step called `name` that runs `sql`.
  package init(_ name: String, sql: String) {
    self.name = name
    self.sql = sql
  }
}

extension Connection {
  /// Brings the file to the last of `migrations`. Each runs in its own transaction together with its `user_version`,
  /// so a step that fails leaves the file at the step before it and the next start resumes there.
  func migrate(_ migrations: [Migration]) throws(StoreFailure) {
    let found = try pragma("user_version")
    guard found >= 0 else { throw StoreFailure(.corrupt, "user_version is \(found)") }
    guard found <= migrations.count else {
      throw StoreFailure(
        .newerThanBinary(found: found, known: migrations.count),
        "the file has \(found) migrations, this program knows \(migrations.count): run the newer program")
    }
    for index in found..<migrations.count {
      try migrate(migrations[index], number: index + 1)
    }
  }

  private func migrate(_ migration: Migration, number: Int) throws(StoreFailure) {
    do throws(StoreFailure) {
      try script("BEGIN IMMEDIATE")
      try script(migration.sql)
      guard isInTransaction else { throw StoreFailure(.misuse, "it ends its own transaction") }
      try script("PRAGMA user_version = \(number)")
      try script("COMMIT")
    } catch {
      rollBack()
      throw StoreFailure(error.code, "migration \(number) (\(migration.name)): \(error.message)", sql: error.sql)
    }
  }
}
