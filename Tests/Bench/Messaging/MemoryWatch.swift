import Foundation

/// Looks at the memory of processes once a second.
struct MemoryWatch: Sendable {
  /// What was seen, in MiB, by process.
  struct Samples: Sendable {
    var resident: [String: [Double]] = [:]

    /// How the last sixth of the time compares with the third one.
    func growth() -> [(name: String, (ratio: Double, last: Double))] {
      resident.sorted { $0.key < $1.key }.compactMap { name, values in
        let sixth = values.count / 6
        guard sixth > 0 else { return nil }
        let third = values[(2 * sixth)..<(3 * sixth)].reduce(0, +)
        let last = values.suffix(sixth).reduce(0, +)
        return (name, (last / third, last / Double(sixth)))
      }
    }
  }

  private let processes: [(name: String, identifier: Int32)]

  init(_ processes: [BenchProcess]) { self.processes = processes.map { ($0.name, $0.identifier) } }

  func run(for seconds: Int) async throws -> Samples {
    var samples = Samples()
    for _ in 0..<seconds {
      try await Task.sleep(for: .seconds(1))
      for (name, identifier) in processes {
        samples.resident[name, default: []].append(try BenchProcess.memory("RssAnon", of: identifier, name: name))
      }
    }
    return samples
  }
}
