import Store
import TestSupport
import Testing

@Suite struct MigrationTests {
  private let more = Migration("colour", sql: "ALTER TABLE note ADD COLUMN colour TEXT; UPDATE note SET colour = 'red'")

  @Test func `only new steps run, and rows stay`() async throws {
    let directory = try TemporaryDirectory()
    let old = try TemporaryDatabase(notes, in: directory)
    try await old.database.write { try $0.add(1) }
    old.database.close()
    for _ in 0..<2 {
      let new = try TemporaryDatabase(notes + [more], in: directory)
      let colour = try await new.database.read { try $0.first("SELECT colour FROM note") { try $0.text(0) } }
      #expect(colour == "red")
      new.database.close()
    }
  }

  @Test func `a failing step is named, undone, and resumed by the next start`() async throws {
    let directory = try TemporaryDirectory()
    let broken = Migration("break it", sql: "CREATE TABLE half (id INTEGER) STRICT; CREATE TABLE note (id INTEGER)")
    let failure = try await failure { try TemporaryDatabase(notes + [broken, more], in: directory) }
    #expect(failure.message.contains("migration 2 (break it)"))
    let mended = try TemporaryDatabase(
      notes + [Migration("mend it", sql: "CREATE TABLE half (id TEXT)")], in: directory)
    try await mended.database.write { try $0.add(1) }
    let version = try await mended.database.read { try $0.first("PRAGMA user_version") { try $0.int(0) } }
    #expect(version == 2)
  }

  @Test func `a step that ends its own transaction is refused`() async throws {
    let failure = try await failure { try TemporaryDatabase([Migration("cheat", sql: "COMMIT")]) }
    #expect(failure.code == .misuse)
  }

  @Test func `a file from a newer program is refused and left alone`() async throws {
    let directory = try TemporaryDirectory()
    try TemporaryDatabase(notes + [more], in: directory).database.close()
    let failure = try await failure { try TemporaryDatabase(notes, in: directory) }
    #expect(failure.code == .newerThanBinary(found: 2, known: 1))
    #expect(failure.message.contains("2 migrations"))
    let newer = try TemporaryDatabase(notes + [more], in: directory)
    #expect(try await newer.database.read { try $0.ids() } == [])
  }

  @Test func `a version no migration writes is damage`() async throws {
    let directory = try TemporaryDirectory()
    let store = try TemporaryDatabase(in: directory)
    try await store.database.write { try $0.execute("PRAGMA user_version = -3") }
    store.database.close()
    #expect(try await failure { try TemporaryDatabase(in: directory) }.code == .corrupt)
  }
}
