import Store
import TestSupport
import Testing

@Suite struct ReaderTests {
  @Test func `a reader sees what was committed, while a write is going on`() async throws {
    let store = try TemporaryDatabase(notes)
    let database = store.database
    try await database.write { try $0.add(1) }
    let gate = Gate()
    async let held: Void = database.write { connection in
      try connection.add(2)
      try gate.pass()
    }
    try await gate.waitUntilHeld()
    #expect(try await database.read { try $0.ids() } == [1])
    gate.open()
    try await held
    #expect(try await database.read { try $0.ids() } == [1, 2])
  }

  @Test func `every query of one read sees the same state`() async throws {
    let store = try TemporaryDatabase(notes)
    let database = store.database
    try await database.write { try $0.add(1) }
    let gate = Gate()
    async let seen = database.read { connection in
      let before = try connection.ids()
      try gate.pass()
      return [before, try connection.ids()]
    }
    try await gate.waitUntilHeld()
    try await database.write { try $0.add(2) }
    gate.open()
    #expect(try await seen == [[1], [1]])
    #expect(try await database.read { try $0.ids() } == [1, 2])
  }

  @Test func `a reader cannot write`() async throws {
    let store = try TemporaryDatabase(notes)
    let failure = try await failure { try await store.database.read { try $0.add(1) } }
    #expect(failure.code == .readOnly)
    #expect(try await store.database.read { try $0.ids() } == [])
  }

  @Test func `as many reads run at once as there are readers, some wait, the rest are refused`() async throws {
    var limits = StoreLimits()
    limits.readers = 2
    limits.readQueue = 3
    let store = try TemporaryDatabase(notes, limits: limits)
    let database = store.database
    let gate = Gate()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<2 { group.addTask { try await database.read { _ in try gate.pass() } } }
      try await gate.waitUntilHeld()
      try await gate.waitUntilHeld()
      for _ in 0..<3 { group.addTask { _ = try await database.read { try $0.ids() } } }
      try await eventually { database.statistics.readQueueDepth == 3 }
      let refused = try await failure { try await database.read { try $0.ids() } }
      #expect(refused.code == .overloaded)
      gate.open()
      try await group.waitForAll()
    }
    let statistics = database.statistics
    #expect(statistics.reads == 5)
    #expect(statistics.waitedReads == 3)
    #expect(statistics.refusedReads == 1)
  }

  @Test func `a thousand reads and writes at once all get their own answer`() async throws {
    let store = try TemporaryDatabase(notes)
    let database = store.database
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<500 {
        group.addTask {
          try await database.write { try $0.add(number, "n\(number)") }
          let text = try await database.read { connection in
            try connection.first("SELECT text FROM note WHERE id = ?", number) { try $0.text(0) }
          }
          #expect(text == "n\(number)")
        }
      }
      try await group.waitForAll()
    }
    #expect(database.statistics.writes == 500)
    #expect(database.statistics.reads == 500)
    #expect(database.statistics.commits <= 500)
  }
}
