import Glibc

/// Starts the program again as a posting process.
enum PosterSpawn {
  /// Where the new process finds its end of the socket.
  static let descriptor: Int32 = 3
  /// What the program is told to become; no setting looks like it.
  static let argument = "--post-webhooks"

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// What of our environment the new process gets: where libraries are, and the time zone. No setting of the service, and
  /// nothing that names a secret.
  private static let inherited = ["LD_LIBRARY_PATH", "PATH", "TZ"]

  /// Starts `program` with one end of a socket pair as its only descriptor beside `/dev/null`, no signal blocked or
  /// ignored, and in a process group of its own: Ctrl-C is for the service, which ends it in order. Answers the
  /// process and our end.
  static func start(_ program: String) throws(Failure) -> (process: pid_t, socket: Int32) {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw Failure(description: "no socket pair: \(String(cString: strerror(errno)))")
    }
    defer { close(ends[1]) }
    do throws(Failure) {
      return (try spawn(program, ends[1]), ends[0])
    } catch {
      close(ends[0])
      throw error
    }
  }

  private static func spawn(_ program: String, _ socket: Int32) throws(Failure) -> pid_t {
    // Not every library opens close-on-exec. glibc 2.34 and later; its header hides it from Swift.
    typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
    guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else {
      throw Failure(description: "this system's C library cannot keep descriptors from processes")
    }
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    // First the socket: it may be one of the numbers that the others take.
    posix_spawn_file_actions_adddup2(&actions, socket, descriptor)
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    // What a process says that is stopped by an answer, the answer's sender would have a say in.
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    guard unsafeBitCast(symbol, to: CloseFrom.self)(&actions, descriptor + 1) == 0 else {
      throw Failure(description: "no memory")
    }
    var none = sigset_t()
    sigemptyset(&none)
    var every = sigset_t()
    sigfillset(&every)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &every)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    var words: [UnsafeMutablePointer<CChar>?] = (["receipts", argument] as [String]).map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for text in words + settings { free(text) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, program, &actions, &attributes, &words, &settings)
    guard code == 0 else { throw Failure(description: "\(program): \(String(cString: strerror(code)))") }
    return process
  }

  private static var environment: [String] {
    // Its own account of a fault takes seconds and says nothing that the signal does not.
    ["SWIFT_BACKTRACE=enable=no"]
      + inherited.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
  }
}
