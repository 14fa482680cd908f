import Foundation
import Glibc
import Store
import TestSupport
import Testing

@Suite struct KillTests {
  @Test func `a killed process has stored every write it acknowledged`() async throws {
    let directory = try TemporaryDirectory()
    await #expect(processExitsWith: .signal(SIGKILL)) { [folder = directory.path as String] in
      try await KillTests.writeUntilKilled(in: folder)
    }
    let acknowledged = try String(contentsOfFile: directory.file("acknowledged"), encoding: .utf8)
      .split(separator: "\n").compactMap { Int($0) }
    #expect(acknowledged.count >= 500)
    let store = try TemporaryDatabase(notes, in: directory)
    let ids = Set(try await store.database.read { try $0.all("SELECT id FROM note", limit: 100_000) { try $0.int(0) } })
    #expect(ids.isSuperset(of: acknowledged))
    // 16 writers had at most one write each that was stored and not yet acknowledged.
    #expect(ids.count <= acknowledged.count + 16)
  }

  /// Sixteen writers; each notes a number once its write has returned. After 500 the process kills itself, with the
  /// other writers wherever they are.
  private static func writeUntilKilled(in folder: String) async throws {
    let database = try Database(path: folder + "/store.sqlite", migrations: notes)
    let log = open(folder + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<16 {
        group.addTask {
          for number in 0..<10_000 {
            let id = writer * 10_000 + number
            try await database.write { try $0.add(id) }
            let line = Array("\(id)\n".utf8)
            guard Glibc.write(log, line, line.count) == line.count else { return }
            if lseek(log, 0, SEEK_END) > 500 * 7 { kill(getpid(), SIGKILL) }
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
