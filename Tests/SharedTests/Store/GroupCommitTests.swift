import Foundation
import Store
import Synchronization
import TestSupport
import Testing

@Suite struct GroupCommitTests {
  struct Refused: Error {}

  /// Holds the writer while `jobs` queue up, then lets them go: they share commits for certain.
  private func together(
    _ database: Database, jobs: Int, _ body: @escaping @Sendable (Int, Connection) throws -> Void
  ) async throws -> [Int: any Error] {
    let gate = Gate()
    async let held: Void = database.write { _ in try gate.pass() }
    try await gate.waitUntilHeld()
    let failures = try await withThrowingTaskGroup(of: (Int, (any Error)?).self) { group in
      for number in 0..<jobs {
        group.addTask {
          do {
            try await database.write { try body(number, $0) }
            return (number, nil)
          } catch {
            return (number, error)
          }
        }
      }
      try await eventually { database.statistics.writeQueueDepth == jobs }
      gate.open()
      return try await group.reduce(into: [Int: any Error]()) { $0[$1.0] = $1.1 }
    }
    try await held
    return failures
  }

  @Test func `writes that wait together share a commit`() async throws {
    let store = try TemporaryDatabase(notes)
    let failures = try await together(store.database, jobs: 100) { try $1.add($0) }
    #expect(failures.isEmpty)
    let statistics = store.database.statistics
    #expect(statistics.commits == 2)  // the one that held the writer, and the hundred
    #expect(statistics.writes == 101)
    #expect(statistics.lastBatch == 100)
    #expect(statistics.commitTimes.counts.reduce(0, +) == 2)
    #expect(try await store.database.read { try $0.ids() } == Array(0..<100))
  }

  @Test func `a batch is no larger than its limit`() async throws {
    var limits = StoreLimits()
    limits.batch = 10
    let store = try TemporaryDatabase(notes, limits: limits)
    let failures = try await together(store.database, jobs: 25) { try $1.add($0) }
    #expect(failures.isEmpty)
    #expect(store.database.statistics.largestBatch == 10)
    #expect(store.database.statistics.commits == 4)
  }

  @Test func `a failing write undoes its own work and none of its neighbours'`() async throws {
    let store = try TemporaryDatabase(notes)
    let failures = try await together(store.database, jobs: 30) { number, connection in
      try connection.add(number)
      if number % 3 == 0 { throw Refused() }
      if number % 3 == 1 { try connection.add(1000 + number) }
    }
    #expect(Set(failures.keys) == Set((0..<30).filter { $0 % 3 == 0 }))
    #expect(failures.values.allSatisfy { $0 is Refused })
    let expected = (0..<30).filter { $0 % 3 != 0 } + (0..<30).filter { $0 % 3 == 1 }.map { 1000 + $0 }
    #expect(try await store.database.read { try $0.ids() } == expected.sorted())
    #expect(store.database.statistics.failedWrites == 10)
  }

  @Test func `a lone failing write leaves nothing behind`() async throws {
    let store = try TemporaryDatabase(notes)
    await #expect(throws: Refused.self) {
      try await store.database.write { connection in
        try connection.add(1)
        throw Refused()
      }
    }
    try await store.database.write { try $0.add(2) }
    #expect(try await store.database.read { try $0.ids() } == [2])
    #expect(store.database.statistics.commits == 1)
  }

  @Test func `a broken rule is told apart by its kind`() async throws {
    let schema = """
      CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;
      CREATE TABLE child (
        id TEXT PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parent (id), size INTEGER CHECK (size > 0)
      ) STRICT;
      INSERT INTO parent VALUES (1);
      INSERT INTO child VALUES ('taken', 1, 1);
      """
    let store = try TemporaryDatabase([Migration("family", sql: schema)])
    let cases: [(any SQLConvertible, any SQLConvertible, any SQLConvertible, StoreFailure.Constraint)] = [
      ("taken", 1, 1, .unique), ("a", 2, 1, .foreignKey), ("a", 1, 0, .check), ("a", SQLValue.null, 1, .notNull),
      ("a", 1, "large", .dataType),
    ]
    for (id, parent, size, kind) in cases {
      let failure = try await failure {
        try await store.database.write { try $0.execute("INSERT INTO child VALUES (?, ?, ?)", id, parent, size) }
      }
      guard case .constraint(kind, _) = failure.code else {
        Issue.record("\(failure) is not \(kind)")
        continue
      }
      #expect(failure.sql == "INSERT INTO child VALUES (?, ?, ?)")
      #expect(!failure.description.contains("large"))
    }
  }

  @Test func `a row that is returned has passed every rule`() async throws {
    let schema = """
      CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;
      CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parent (id)) STRICT;
      """
    let store = try TemporaryDatabase([Migration("family", sql: schema)])
    let failure = try await failure {
      try await store.database.write { connection in
        try connection.first("INSERT INTO child (parent) VALUES (7) RETURNING id") { try $0.int(0) }
      }
    }
    #expect(failure.code == .constraint(.foreignKey, extended: 787))
  }

  @Test func `a debt to a deferred foreign key fails its own write, not the batch`() async throws {
    let schema = """
      CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;
      CREATE TABLE child (parent INTEGER NOT NULL REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED) STRICT;
      """
    let store = try TemporaryDatabase([Migration("family", sql: schema)])
    let failures = try await together(store.database, jobs: 9) { number, connection in
      try connection.execute("INSERT INTO child VALUES (?)", number)
      if number != 4 { try connection.execute("INSERT INTO parent VALUES (?)", number) }
    }
    #expect(Array(failures.keys) == [4])
    let children = try await store.database.read { try $0.first("SELECT count(*) FROM child") { try $0.int(0) } }
    #expect(children == 8)
    let alone = try await failure {
      try await store.database.write { try $0.execute("INSERT INTO child VALUES (99)") }
    }
    #expect(alone.code == .constraint(.foreignKey, extended: 787))
  }

  @Test func `a full queue refuses at once and forgets nothing it took`() async throws {
    var limits = StoreLimits()
    limits.writeQueue = 5
    let store = try TemporaryDatabase(notes, limits: limits)
    let database = store.database
    let gate = Gate()
    async let held: Void = database.write { _ in try gate.pass() }
    try await gate.waitUntilHeld()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<5 { group.addTask { try await database.write { try $0.add(number) } } }
      try await eventually { database.statistics.writeQueueDepth == 5 }
      let refused = try await failure { try await database.write { try $0.add(99) } }
      #expect(refused.code == .overloaded)
      gate.open()
      try await group.waitForAll()
    }
    try await held
    #expect(try await database.read { try $0.ids() } == [0, 1, 2, 3, 4])
    #expect(database.statistics.refusedWrites == 1)
  }

  @Test func `a hook runs after the commit and before the writer's caller goes on`() async throws {
    let store = try TemporaryDatabase(notes)
    let calls = Mutex<[String]>([])
    try await store.database.write { connection in
      try connection.add(1)
      connection.afterCommit { calls.withLock { $0.append("kept") } }
    }
    #expect(calls.withLock { $0 } == ["kept"])
    _ = try? await store.database.write { connection in
      connection.afterCommit { calls.withLock { $0.append("of a failed write") } }
      throw Refused()
    }
    _ = try await together(store.database, jobs: 4) { number, connection in
      connection.afterCommit { calls.withLock { $0.append("\(number)") } }
      if number % 2 == 0 { throw Refused() }
    }
    #expect(Set(calls.withLock { $0 }) == ["kept", "1", "3"])
  }

  @Test func `a write goes through although its task is cancelled`() async throws {
    let store = try TemporaryDatabase(notes)
    let gate = Gate()
    let database = store.database
    async let held: Void = database.write { _ in try gate.pass() }
    try await gate.waitUntilHeld()
    let task = Task { try await database.write { try $0.add(1) } }
    try await eventually { database.statistics.writeQueueDepth == 1 }
    task.cancel()
    gate.open()
    try await held
    try await task.value
    #expect(try await database.read { try $0.ids() } == [1])
  }

  @Test func `a closure cannot end the transaction it shares`() async throws {
    let store = try TemporaryDatabase(notes)
    for sql in ["COMMIT", " rollback", "BEGIN", "END", "SAVEPOINT s", "RELEASE job", "ATTACH 'x' AS y", "VACUUM"] {
      let failure = try await failure { try await store.database.write { try $0.execute(sql) } }
      #expect(failure.code == .misuse)
    }
    try await store.database.write { try $0.add(1) }
    #expect(try await store.database.read { try $0.ids() } == [1])
  }

  @Test func `statements that never end are interrupted, and the next write goes on`() async throws {
    var limits = StoreLimits()
    limits.bodySeconds = 0
    let store = try TemporaryDatabase(notes, limits: limits)
    let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    let write = try await failure { try await store.database.write { try $0.execute(endless) } }
    #expect(write.code == .timedOut)
    let read = try await failure { try await store.database.read { try $0.execute(endless) } }
    #expect(read.code == .timedOut)
    try await store.database.write { try $0.add(1) }
    #expect(try await store.database.read { try $0.ids() } == [1])
  }
}
