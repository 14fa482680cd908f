import Foundation
import Glibc
import Store
import TestSupport
import Testing

/// As root nothing is read-only, so these tests open the file with the file-system rights of an ordinary user.
@Suite struct ReadOnlyTests {
  private static func set(_ mode: Int, _ path: String) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  /// A closed database in a folder anyone may enter.
  private func closedDatabase() throws -> TemporaryDirectory {
    let directory = try TemporaryDirectory()
    try TemporaryDatabase(notes, in: directory).database.close()
    return directory
  }

  @Test func `a read-only file is refused by name`() async throws {
    let directory = try closedDatabase()
    try Self.set(0o777, directory.path)
    try Self.set(0o666, directory.file("store.sqlite.lock"))
    try Self.set(0o444, directory.file("store.sqlite"))
    let failure = try await failure { try asOrdinaryUser { try TemporaryDatabase(notes, in: directory) } }
    #expect(failure.code == .readOnly)
    #expect(failure.message.contains("store.sqlite"))
  }

  @Test func `a read-only directory is refused when it is empty`() async throws {
    let directory = try TemporaryDirectory()
    try Self.set(0o555, directory.path)
    defer { try? Self.set(0o755, directory.path) }
    let failure = try await failure { try asOrdinaryUser { try TemporaryDatabase(notes, in: directory) } }
    #expect(failure.code == .readOnly)
  }

  @Test func `a read-only directory is refused although its files can be written`() async throws {
    let directory = try closedDatabase()
    try Self.set(0o666, directory.file("store.sqlite"))
    try Self.set(0o666, directory.file("store.sqlite.lock"))
    try Self.set(0o555, directory.path)
    defer { try? Self.set(0o755, directory.path) }
    let failure = try await failure { try asOrdinaryUser { try TemporaryDatabase(notes, in: directory) } }
    #expect(failure.code == .readOnly)
  }
}

/// Runs `body` with the file-system rights of user 65534. On Linux these are the calling thread's own, and root's power
/// over permissions goes with them (setfsuid(2)). Does nothing for those who are not root.
private func asOrdinaryUser<T>(_ body: () throws -> T) throws -> T {
  typealias SetUser = @convention(c) (UInt32) -> Int32
  guard let symbol = dlsym(nil, "setfsuid") else { throw NeverHappened() }
  let setUser = unsafeBitCast(symbol, to: SetUser.self)
  let before = UInt32(geteuid())
  if before == 0 { _ = setUser(65534) }
  defer { if before == 0 { _ = setUser(before) } }
  return try body()
}
