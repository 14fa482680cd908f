import Glibc
import Synchronization

/// One program started by a test: its output goes to a file, its end is never waited for without a limit, and it does
/// not outlive the last reference.
package final class ChildProcess: Sendable {
  /// How a program ended.
  package enum End: Sendable, Equatable {
    case exit(Int32)
    case signal(Int32)
  }

  /// The program could not be started.
  package struct NotStarted: Error, CustomStringConvertible {
    package let description: String
  }

  package let processID: Int32
  /// Standard output and standard error, appended.
  package let outputPath: String
  /// Set once the process was reaped: from then on its number may be somebody else's.
  private let end = Mutex<End?>(nil)

  /// Starts `executable` with this environment and no other, and all signals open. Descriptors of the
  /// test stay out: everything here opens them close-on-exec.
  package init(
    _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:], output: String
  ) throws {
    outputPath = output
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var none = sigset_t()
    sigemptyset(&none)
    var standard = sigset_t()
    sigemptyset(&standard)
    sigaddset(&standard, SIGPIPE)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &standard)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var processID: pid_t = 0
    let code = posix_spawn(&processID, executable, &actions, &attributes, &words, &settings)
    guard code == 0 else { throw NotStarted(description: "\(executable): \(String(cString: strerror(code)))") }
    self.processID = processID
  }

  deinit {
    end.withLock { end in
      if end != nil { return }
      kill(processID, SIGKILL)
      var status: Int32 = 0
      waitpid(processID, &status, 0)
    }
  }

  /// How it ended; nil while it runs.
  package var ended: End? {
    end.withLock { end in
      if end == nil {
        var status: Int32 = 0
        if waitpid(processID, &status, WNOHANG) == processID { end = Self.end(status) }
      }
      return end
    }
  }

  /// Sends a signal, unless it has ended.
  package func send(_ signal: Int32) {
    end.withLock { end in if end == nil { _ = kill(processID, signal) } }
  }

  /// Waits for its end.
  package func wait(within limit: Duration = .seconds(30)) async throws -> End {
    try await eventually(within: limit, "the end of process \(processID)") { ended != nil }
    guard let ended else { throw TimedOut(waitingFor: "the end of process \(processID)", limit: limit) }
    return ended
  }

  /// What it wrote so far.
  package var output: String { (try? String(readingFile: outputPath)) ?? "" }

  /// `WIFEXITED` and its relatives are macros Swift does not see.
  private static func end(_ status: Int32) -> End {
    status & 0x7f == 0 ? .exit(status >> 8 & 0xff) : .signal(status & 0x7f)
  }
}
