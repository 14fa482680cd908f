import Foundation
import Store
import TestSupport
import Testing

@Suite struct OpeningTests {
  @Test func `the file, its log and its lock are for the owner only`() async throws {
    let store = try TemporaryDatabase(notes)
    try await store.database.write { try $0.add(1) }
    for name in ["store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "store.sqlite.lock"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: store.directory.file(name))
      #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
    }
  }

  @Test func `a second opener is told who holds the file, and gets it once it is free`() async throws {
    let directory = try TemporaryDirectory()
    let first = try TemporaryDatabase(notes, in: directory)
    let failure = try await failure { try TemporaryDatabase(notes, in: directory) }
    #expect(failure.code == .locked)
    #expect(failure.message.contains("process \(ProcessInfo.processInfo.processIdentifier)"))
    try await first.database.write { try $0.add(1) }
    first.database.close()
    let second = try TemporaryDatabase(notes, in: directory)
    #expect(try await second.database.read { try $0.ids() } == [1])
  }

  @Test func `a link to the file is held with the file`() async throws {
    let store = try TemporaryDatabase(notes)
    let link = store.directory.file("link.sqlite")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: store.path)
    #expect(try await failure { try Database(path: link, migrations: notes) }.code == .locked)
  }

  @Test func `a store that is let go gives its file back`() async throws {
    let directory = try TemporaryDirectory()
    for _ in 0..<3 { _ = try TemporaryDatabase(notes, in: directory) }
    #expect(!FileManager.default.fileExists(atPath: directory.file("store.sqlite-wal")))
  }

  @Test func `a store closed by a closure of its own ends once that closure is done`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("store.sqlite")
    for number in 1...2 {
      let database = try Database(path: path, migrations: notes)
      if number == 1 {
        try await database.write { connection in
          database.close()
          try connection.add(1)
        }
      } else {
        let ids = try await database.read { connection in
          database.close()
          return try connection.ids()
        }
        #expect(ids == [1])
      }
      #expect(try await failure { try await database.write { try $0.add(2) } }.code == .closed)
      try await eventually { (try? Database(path: path, migrations: notes)) != nil }
    }
  }

  @Test func `a store whose last owner is a closure of its own ends and frees the file`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("store.sqlite")
    for round in 1...20 {
      let count = try await Self.useAndLetGo(path, round: round)
      #expect(count == round)
      try await eventually { (try? Database(path: path, migrations: notes)) != nil }
    }
  }

  /// The closures hold the store too, and the threads of the store let go of them last, more often than not.
  private static func useAndLetGo(_ path: String, round: Int) async throws -> Int {
    let database = try Database(path: path, migrations: notes)
    try await database.write { [database] connection in
      withExtendedLifetime(database) {}
      try connection.add(round)
    }
    return try await database.read { [database] connection in
      withExtendedLifetime(database) {}
      return try connection.ids().count
    }
  }

  @Test func `after close every call says so, and closing again does nothing`() async throws {
    let store = try TemporaryDatabase(notes)
    store.database.close()
    store.database.close()
    #expect(try await failure { try await store.database.write { try $0.add(1) } }.code == .closed)
    #expect(try await failure { try await store.database.read { try $0.ids() } }.code == .closed)
    #expect(try await failure { try await store.database.checkpoint() }.code == .closed)
  }

  @Test func `close finishes the writes that wait and fails the reads`() async throws {
    var limits = StoreLimits()
    limits.readers = 1
    let directory = try TemporaryDirectory()
    let database = try TemporaryDatabase(notes, limits: limits, in: directory).database
    let writing = Gate()
    let reading = Gate()
    async let heldWrite: Void = database.write { _ in try writing.pass() }
    async let heldRead: Void = database.read { _ in try reading.pass() }
    try await writing.waitUntilHeld()
    try await reading.waitUntilHeld()
    async let write: Void = database.write { try $0.add(1) }
    async let read = failure { try await database.read { try $0.ids() } }
    try await eventually { database.statistics.writeQueueDepth == 1 && database.statistics.readQueueDepth == 1 }
    let closing = Thread { database.close() }
    closing.start()
    #expect(try await read.code == .closed)
    reading.open()
    writing.open()
    try await heldWrite
    try await heldRead
    try await write
    try await eventually { closing.isFinished }
    let again = try TemporaryDatabase(notes, in: directory)
    #expect(try await again.database.read { try $0.ids() } == [1])
  }

  @Test func `what is not a database is refused and left as it was`() async throws {
    for content in ["x", "This is a letter.", String(repeating: "not a database ", count: 1000)] {
      let directory = try TemporaryDirectory()
      let path = directory.file("store.sqlite")
      try Data(content.utf8).write(to: URL(filePath: path))
      #expect(try await failure { try TemporaryDatabase(notes, in: directory) }.code == .corrupt)
      #expect(try Data(contentsOf: URL(filePath: path)) == Data(content.utf8))
    }
  }

  @Test func `a damaged page is found by the quick check and by the query that meets it`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("store.sqlite")
    let whole = try TemporaryDatabase(notes, in: directory)
    try await whole.database.write { connection in
      for number in 0..<200 { try connection.add(number, String(repeating: "x", count: 500)) }
    }
    whole.database.close()
    let file = try FileHandle(forUpdating: URL(filePath: path))
    for page in 2..<10 {
      try file.seek(toOffset: UInt64(page * 4096))
      try file.write(contentsOf: Data(repeating: 0xEE, count: 4096))
    }
    try file.close()
    let checked = try await failure { try Database(path: path, migrations: notes, quickCheck: true) }
    #expect(checked.code == .corrupt)
    let database = try Database(path: path, migrations: notes)
    #expect(try await failure { try await database.read { try $0.ids() } }.code == .corrupt)
  }

  @Test func `a missing directory is named`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("missing/store.sqlite")
    let failure = try await failure { try Database(path: path, migrations: notes) }
    #expect(failure.code == .cannotOpen)
    #expect(failure.message.contains(path))
  }

  @Test func `a checkpoint empties the log`() async throws {
    let store = try TemporaryDatabase(notes)
    try await store.database.write { try $0.add(1, String(repeating: "x", count: 100_000)) }
    let log = store.path + "-wal"
    #expect(try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int ?? 0 > 100_000)
    try await store.database.checkpoint()
    #expect(try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int == 0)
    #expect(try await store.database.read { try $0.ids() } == [1])
  }

  @Test func `a checkpoint gives up on a read that is in the way, and writes go on`() async throws {
    let store = try TemporaryDatabase(notes)
    let database = store.database
    try await database.write { try $0.add(1) }
    let gate = Gate()
    async let seen = database.read { connection in
      _ = try connection.ids()
      try gate.pass()
      return try connection.ids()
    }
    try await gate.waitUntilHeld()
    try await database.write { try $0.add(2) }
    #expect(try await failure { try await database.checkpoint() }.code == .busy)
    try await database.write { try $0.add(3) }
    gate.open()
    #expect(try await seen == [1])
    try await database.checkpoint()
    #expect(try await database.read { try $0.ids() } == [1, 2, 3])
  }

  @Test func `a lock held from outside fails writes after the busy time, and only then`() async throws {
    var limits = StoreLimits()
    limits.busyMilliseconds = 20
    let store = try TemporaryDatabase(notes, limits: limits)
    let outsider = try Outsider(store.path)
    try outsider.run("BEGIN IMMEDIATE")
    #expect(try await failure { try await store.database.write { try $0.add(1) } }.code == .busy)
    #expect(try await store.database.read { try $0.ids() } == [])
    try outsider.run("COMMIT")
    try await store.database.write { try $0.add(2) }
    #expect(try await store.database.read { try $0.ids() } == [2])
    #expect(store.database.statistics.failedCommits == 1)
  }

  @Test func `the settings that promises rest on are on`() async throws {
    let store = try TemporaryDatabase(notes)
    let settings = try await store.database.write { connection in
      try ["synchronous", "foreign_keys", "trusted_schema", "cell_size_check"].map { name in
        try connection.first("PRAGMA \(name)") { try $0.int(0) } ?? -1
      }
    }
    #expect(settings == [2, 1, 0, 1])
    let mode = try await store.database.read { try $0.first("PRAGMA journal_mode") { try $0.text(0) } }
    #expect(mode == "wal")
  }
}
