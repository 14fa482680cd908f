import Store
import TestSupport
import Testing

@Suite struct StatementTests {
  @Test func `a query may run inside a loop over itself`() async throws {
    let store = try TemporaryDatabase(notes)
    let pairs = try await store.database.write { connection in
      for number in 1...3 { try connection.add(number) }
      var pairs = 0
      let sql = "SELECT id FROM note"
      try connection.forEach(sql) { _ in
        try connection.forEach(sql) { _ in pairs += 1 }
      }
      return pairs
    }
    #expect(pairs == 9)
  }

  @Test func `more statements than the cache holds all work, again and again`() async throws {
    var limits = StoreLimits()
    limits.statementCache = 4
    let store = try TemporaryDatabase(notes, limits: limits)
    let sum = try await store.database.write { connection in
      var sum = 0
      for round in 1...3 {
        for number in 0..<20 {
          sum += try connection.first("SELECT \(number) + ?", round) { try $0.int(0) } ?? 0
        }
      }
      return sum
    }
    #expect(sum == 3 * 190 + 20 * 6)
  }

  @Test func `a statement that failed works the next time`() async throws {
    let store = try TemporaryDatabase(notes)
    try await store.database.write { connection in
      try connection.add(1)
      #expect(throws: StoreFailure.self) { try connection.add(1) }
      try connection.add(2)
    }
    #expect(try await store.database.read { try $0.ids() } == [1, 2])
  }

  @Test func `our own mistakes are errors that name the statement`() async throws {
    let store = try TemporaryDatabase(notes)
    let mistakes: [(String, [any SQLConvertible])] = [
      ("SELECT ?", []), ("SELECT 1", [1]), ("SELECT 1; SELECT 2", []), ("", []), (" -- nothing", []),
    ]
    for (sql, values) in mistakes {
      let failure = try await failure { try await store.database.write { try $0.execute(sql, values: values) } }
      #expect(failure.code == .misuse)
      #expect(failure.sql == sql)
    }
    let failure = try await failure { try await store.database.write { try $0.execute("SELEC 1") } }
    #expect(failure.code == .other(1))
    try await store.database.write { try $0.execute("SELECT 1 ;\n") }
  }

  @Test func `changes and the last row id tell what a statement did`() async throws {
    let store = try TemporaryDatabase(notes)
    try await store.database.write { connection in
      try connection.add(41)
      #expect(connection.lastInsertRowID == 41)
      try connection.add(42)
      try connection.execute("UPDATE note SET text = 'y'")
      #expect(connection.changes == 2)
      try connection.execute("DELETE FROM note WHERE id = 7")
      #expect(connection.changes == 0)
    }
  }

  @Test func `what a statement costs is counted once, rows without an index and triggers included`() async throws {
    let store = try TemporaryDatabase(
      notes + [
        Migration(
          "watched",
          sql: """
            CREATE TABLE seen (id INTEGER PRIMARY KEY, text TEXT) STRICT;
            CREATE TRIGGER noted AFTER UPDATE ON note BEGIN DELETE FROM seen WHERE text = NEW.text; END;
            """)
      ])
    let costs = try await store.database.write { connection in
      for number in 1...50 {
        try connection.add(number)
        try connection.execute("INSERT INTO seen (text) VALUES ('z')")
      }
      _ = connection.takeCosts()
      func cost(_ sql: String) throws -> StatementCost? {
        try connection.execute(sql)
        let costs = connection.takeCosts()
        #expect(costs.map(\.sql) == [sql])
        return costs.first
      }
      #expect(connection.takeCosts().isEmpty)
      return [
        try cost("SELECT * FROM note WHERE id = 7"), try cost("SELECT * FROM note WHERE text = 'y'"),
        // The trigger looks through the other table.
        try cost("UPDATE note SET text = 'y' WHERE id = 7"),
      ]
    }
    #expect(costs.map { $0?.scannedRows } == [0, 49, 49])
    #expect(costs[1]?.operations ?? 0 > costs[0]?.operations ?? 0)
  }

  @Test func `a connection kept beyond its closure stops the program`() async throws {
    let directory = try TemporaryDirectory()
    await #expect(processExitsWith: .failure) { [folder = directory.path as String] in
      nonisolated(unsafe) var kept: Connection?
      let database = try Database(path: folder + "/store.sqlite", migrations: notes)
      try await database.write { kept = $0 }
      try kept?.execute("SELECT 1")
    }
  }
}
