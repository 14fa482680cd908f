import Foundation
import Glibc
import Store
import TestSupport
import Testing

@Suite struct KillTests {
  @Test(arguments: [1, 40, 500])
  func `a killed process has stored every write it acknowledged`(acknowledgements: Int) async throws {
    let directory = try TemporaryDirectory()
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [folder = directory.path as String, count = acknowledgements as Int] in
      try await KillTests.writeUntilKilled(in: folder, after: count)
    }
    let acknowledged = try String(contentsOfFile: directory.file("acknowledged"), encoding: .utf8)
      .split(separator: "\n").compactMap { Int($0) }
    #expect(acknowledged.count >= acknowledgements)
    let store = try TemporaryDatabase(notes, in: directory)
    let ids = Set(try await store.database.read { try $0.all("SELECT id FROM note", limit: 100_000) { try $0.int(0) } })
    #expect(ids.isSuperset(of: acknowledged))
    // 16 writers had at most one write each that was stored and not yet acknowledged.
    #expect(ids.count <= acknowledged.count + 16)
  }

  /// Sixteen writers; each notes a number once its write has returned. After so many the process kills itself, with the
  /// other writers wherever they are.
  private static func writeUntilKilled(in folder: String, after acknowledgements: Int) async throws {
    let database = try Database(path: folder + "/store.sqlite", migrations: notes)
    let log = open(folder + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<16 {
        group.addTask {
          for number in 0..<10_000 {
            let id = 1_000_000 + writer * 10_000 + number  // seven digits: every line has 8 bytes
            try await database.write { try $0.add(id) }
            let line = Array("\(id)\n".utf8)
            guard Glibc.write(log, line, line.count) == line.count else { return }
            if lseek(log, 0, SEEK_END) >= acknowledgements * 8 { kill(getpid(), SIGKILL) }
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
