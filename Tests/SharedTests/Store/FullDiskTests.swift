import Foundation
import Store
import TestSupport
import Testing

@Suite struct FullDiskTests {
  private let large = String(repeating: "x", count: 4000)

  @Test func `a database at its size limit fails clearly, keeps what it has, and goes on when there is room`()
    async throws
  {
    var limits = StoreLimits()
    limits.databasePages = 40
    let store = try TemporaryDatabase(notes, limits: limits)
    let database = store.database
    var stored: [Int] = []
    var full: StoreFailure?
    for number in 0..<100 where full == nil {
      do {
        try await database.write { [large] in try $0.add(number, large) }
        stored.append(number)
      } catch let failure as StoreFailure {
        full = failure
      }
    }
    #expect(full?.code == .full)
    #expect(stored.count > 10)
    #expect(try await database.read { try $0.ids() } == stored)
    try await database.write { try $0.execute("DELETE FROM note WHERE id < 5") }
    try await database.write { [large] in try $0.add(1000, large) }
    try await database.write { try $0.execute("PRAGMA max_page_count = 1000") }
    try await database.write { [large] connection in
      for number in 2000..<2050 { try connection.add(number, large) }
    }
    #expect(try await database.read { try $0.ids() }.count == stored.count - 5 + 51)
  }

  @Test func `the write that fills the disk takes down those before it in its commit, not those after`() async throws {
    var limits = StoreLimits()
    limits.databasePages = 40
    let store = try TemporaryDatabase(notes, limits: limits)
    let database = store.database
    let gate = Gate()
    let huge = String(repeating: "x", count: 400_000)
    async let held: Void = database.write { _ in try gate.pass() }
    try await gate.waitUntilHeld()
    let texts = ["small", huge, "small"]
    let outcomes = try await withThrowingTaskGroup(of: (Int, StoreFailure?).self) { group in
      for (number, text) in texts.enumerated() {
        group.addTask {
          do {
            try await database.write { try $0.add(number, text) }
            return (number, nil)
          } catch let failure as StoreFailure {
            return (number, failure)
          }
        }
        try await eventually { database.statistics.writeQueueDepth == number + 1 }
      }
      gate.open()
      return try await group.reduce(into: [Int: StoreFailure]()) { $0[$1.0] = $1.1 }
    }
    try await held
    #expect(outcomes.mapValues(\.code) == [0: .full, 1: .full])
    #expect(try await database.read { try $0.ids() } == [2])
    #expect(database.statistics.failedCommits == 1)
    #expect(database.statistics.failedWrites == 2)
  }

  @Test func `a closure that goes on after the disk was full stores nothing`() async throws {
    var limits = StoreLimits()
    limits.databasePages = 40
    let store = try TemporaryDatabase(notes, limits: limits)
    await #expect(throws: StoreFailure.self) {
      try await store.database.write { connection in
        try? connection.add(1, String(repeating: "x", count: 400_000))
        try? connection.add(2)
      }
    }
    #expect(try await store.database.read { try $0.ids() } == [])
  }

  @Test(.enabled(if: SmallDisk.isPossible, "mounting a small file system needs root"))
  func `a disk without room refuses writes, loses nothing and recovers`() async throws {
    let disk = try SmallDisk(kibibytes: 600)
    let path = disk.directory.file("store.sqlite")
    let database = try Database(path: path, migrations: notes)
    var stored: [Int] = []
    var full: StoreFailure?
    for number in 0..<1000 where full == nil {
      do {
        try await database.write { [large] in try $0.add(number, large) }
        stored.append(number)
      } catch let failure as StoreFailure {
        full = failure
      }
    }
    #expect(full?.code == .full)
    #expect(try await database.read { try $0.ids() } == stored)
    try disk.grow(toKibibytes: 8000)
    try await database.write { [large] in try $0.add(5000, large) }
    database.close()
    let again = try Database(path: path, migrations: notes, quickCheck: true)
    #expect(try await again.read { try $0.ids() } == stored + [5000])
    again.close()
  }
}

/// A file system in memory with little room.
private final class SmallDisk: Sendable {
  let directory: TemporaryDirectory

  static let isPossible: Bool = (try? SmallDisk(kibibytes: 64)) != nil

  init(kibibytes: Int) throws {
    directory = try TemporaryDirectory()
    try Self.run("mount", "-t", "tmpfs", "-o", "size=\(kibibytes)k", "tmpfs", directory.path)
  }

  deinit { try? Self.run("umount", "-l", directory.path) }

  func grow(toKibibytes size: Int) throws {
    try Self.run("mount", "-o", "remount,size=\(size)k", directory.path)
  }

  private static func run(_ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw NeverHappened() }
  }
}
