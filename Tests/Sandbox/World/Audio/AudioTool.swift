import Glibc

/// A program that makes or changes sound: run without a shell and without input, killed when it takes too long.
struct AudioTool: Sendable {
  private static let environment = ["PATH=/usr/bin:/bin", "LANG=C.UTF-8"]

  let path: String

  /// Finds the program in these folders; nil when none has it.
  init?(_ name: String, in folders: [String]) {
    for folder in folders where !folder.isEmpty {
      let path = "\(folder)/\(name)"
      var about = stat()
      if stat(path, &about) == 0, about.st_mode & S_IFMT == S_IFREG, access(path, X_OK) == 0 {
        self.path = path
        return
      }
    }
    return nil
  }

  /// `PATH`, then where Debian puts programs.
  static var usualFolders: [String] {
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    return path.split(separator: ":").map(String.init) + ["/usr/bin", "/usr/local/bin", "/bin"]
  }

  /// Runs it to its end.
  func run(_ arguments: [String], limit: Duration) async throws(AudioFailure) {
    let process = try spawn(arguments)
    let end = ContinuousClock.now + limit
    var status: Int32 = 0
    while waitpid(process, &status, WNOHANG) == 0 {
      if ContinuousClock.now < end, await pause() { continue }
      // The whole group, so that nothing it started lives on; then the end is near and waited for.
      kill(-process, SIGKILL)
      waitpid(process, &status, 0)
      throw AudioFailure("\(path) did not end within \(limit)")
    }
    guard status == 0 else { throw AudioFailure("\(path) failed (wait status \(status))") }
  }

  /// False when the task was cancelled.
  private func pause() async -> Bool {
    do {
      try await Task.sleep(for: .milliseconds(2))
      return true
    } catch { return false }
  }

  private func spawn(_ arguments: [String]) throws(AudioFailure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    // The sandbox's threads block the signals it waits for; the program must have its own again.
    var none = sigset_t()
    sigemptyset(&none)
    var standard = sigset_t()
    sigemptyset(&standard)
    for number in [SIGPIPE, SIGTERM, SIGINT] { sigaddset(&standard, number) }
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &standard)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    var environment: [UnsafeMutablePointer<CChar>?] = Self.environment.map { strdup($0) } + [nil]
    defer { for text in words + environment { free(text) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, path, &actions, &attributes, &words, &environment)
    guard code == 0 else { throw AudioFailure("\(path): \(String(cString: strerror(code)))") }
    return process
  }
}
