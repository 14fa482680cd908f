import Foundation

/// Looks at a process's own memory often, while something goes on: how high it rose.
struct PeakMemory: Sendable {
  private let name: String
  private let identifier: Int32

  init(_ process: BenchProcess) {
    name = process.name
    identifier = process.identifier
  }

  /// `RssAnon` now, in MiB.
  var now: Double { get throws { try BenchProcess.memory("RssAnon", of: identifier, name: name) } }

  /// Runs `body`; what it gave, and the MiB at the highest above what there was before.
  func during<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> (value: Value, growth: Double) {
    let before = try now
    return try await withThrowingTaskGroup(of: Double.self) { group in
      group.addTask {
        var highest = before
        while !Task.isCancelled {
          highest = max(highest, try now)
          try? await Task.sleep(for: .milliseconds(50))
        }
        return highest
      }
      let value = try await body()
      group.cancelAll()
      let highest = try await group.next() ?? before
      return (value, max(highest, try now) - before)
    }
  }
}
