import Glibc
import Synchronization

/// Where finished log lines go, and how many of one event a second it takes.
package struct LogSink: Sendable {
  /// Lines of one event within a second; the rest of that second are counted and summarised.
  let repeatsPerSecond: Int
  /// Takes one line with its newline, from any thread.
  package let write: @Sendable ([UInt8]) -> Void

  /// A sink of its own making: `write` gets one line with its newline, from any thread.
  package init(repeatsPerSecond: Int, write: @escaping @Sendable ([UInt8]) -> Void) {
    precondition(repeatsPerSecond > 0, "a sink takes at least one line of an event a second")
    self.repeatsPerSecond = repeatsPerSecond
    self.write = write
  }

  /// Standard error, one `write(2)` a line so that lines of several threads never mix. Blocks when the
  /// reader does not read; 100 lines of one event a second keep a storm from becoming that case.
  package static let standardError = LogSink(repeatsPerSecond: 100) { line in
    line.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Glibc.write(STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0 && errno == EINTR { continue }
        // A closed or broken standard error leaves no place to say so: the line is lost, the service lives.
        if count <= 0 { return }
        rest = rest.dropFirst(count)
      }
    }
  }

  /// Throws every line away.
  package static let discarding = LogSink(repeatsPerSecond: .max) { _ in }

  /// Keeps lines in memory, for tests.
  package static func collecting(into lines: CollectedLines, repeatsPerSecond: Int = .max) -> LogSink {
    LogSink(repeatsPerSecond: repeatsPerSecond) { lines.append(String(decoding: $0.dropLast(), as: UTF8.self)) }
  }
}

/// The lines of a collecting sink, newest 10,000.
package final class CollectedLines: Sendable {
  private let lines = Mutex<[String]>([])

  package init() {}

  /// Every line so far, without newlines, oldest first.
  package var all: [String] { lines.withLock { $0 } }

  /// The lines of one event.
  package func ofEvent(_ event: String) -> [String] { all.filter { $0.contains("\"event\":\"\(event)\"") } }

  func append(_ line: String) {
    lines.withLock { lines in
      if lines.count == 10_000 { lines.removeFirst(1_000) }
      lines.append(line)
    }
  }
}
