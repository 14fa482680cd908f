import Glibc
import Transport

/// One program, from its start to its end. It leads a process group of its own, which ends as a whole.
struct ProgramRun {
  private static let outputLimit = 64 << 10
  private static let errorLimit = 4 << 10
  /// How often an end is looked for that nothing announces, and a wish to stop.
  private static let tick: Int64 = 50_000_000

  private let process: pid_t
  private let output: Int32
  private let errors: Int32

  /// Starts `path` with exactly these arguments and this environment: no shell, nothing to read, none of our
  /// descriptors, no signal blocked or ignored.
  init(_ path: String, _ arguments: [String], _ environment: [String: String]) throws(TranscriberFailure) {
    let output = try Self.makePipe()
    let errors: (read: Int32, write: Int32)
    do throws(TranscriberFailure) {
      errors = try Self.makePipe()
    } catch {
      close(output.read)
      close(output.write)
      throw error
    }
    defer {
      close(output.write)
      close(errors.write)
    }
    do throws(TranscriberFailure) {
      process = try Self.spawn(path, arguments, environment, output: output.write, errors: errors.write)
    } catch {
      close(output.read)
      close(errors.read)
      throw error
    }
    self.output = output.read
    self.errors = errors.read
  }

  /// What it wrote, once it ended well. Ends it, with all its children, at `deadline`, when `stop` is raised, and when
  /// it writes too much; children that outlive it end as well. Blocks; call once.
  func output(until deadline: Int64, _ stop: StopFlag) throws(TranscriberFailure) -> [UInt8] {
    var (written, complaints) = (PipeReader(output), PipeReader(errors))
    var failure: TranscriberFailure?
    while failure == nil, !hasEnded {
      let now = MonotonicClock.now
      if now >= deadline {
        failure = .timedOut
      } else if stop.isRaised {
        failure = .stopped
      } else {
        PipeReader.wait(&written, &complaints, milliseconds: Int32(min(deadline - now, Self.tick) / 1_000_000 + 1))
        if written.bytes.count > Self.outputLimit { failure = .failed("it wrote more than 64 KiB") }
        complaints.keep(Self.errorLimit)
      }
    }
    // The group is there as long as its leader has not been waited for, dead or alive.
    kill(-process, SIGKILL)
    let status = reap()
    written.drain(Self.outputLimit + 1)
    complaints.drain(Self.errorLimit)
    close(output)
    close(errors)
    if let failure { throw failure }
    guard let status else { throw .failed("it does not end") }
    guard status == 0 else {
      let text = String(decoding: complaints.bytes.prefix(Self.errorLimit), as: UTF8.self)
      throw .failed("\(Self.end(status)); it says: \(FailureLine.of(text))")
    }
    if written.bytes.count > Self.outputLimit { throw .failed("it wrote more than 64 KiB") }
    return written.bytes
  }

  /// Whether it has ended; its status stays to be read.
  private var hasEnded: Bool {
    var information = siginfo_t()
    let result = waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT)
    return result != 0 || information.si_signo == SIGCHLD
  }

  /// Its status; nil where even SIGKILL does not end it, as with a process that waits for a dead disk.
  private func reap() -> Int32? {
    var status: Int32 = 0
    for _ in 0..<200 {
      let result = waitpid(process, &status, WNOHANG)
      if result == process { return status }
      if result < 0, errno != EINTR { return nil }
      poll(nil, 0, 10)
    }
    return nil
  }

  /// `WIFEXITED` and its relatives are macros Swift does not see.
  private static func end(_ status: Int32) -> String {
    status & 0x7F == 0 ? "exit status \(status >> 8 & 0xFF)" : "signal \(status & 0x7F)"
  }

  private static func makePipe() throws(TranscriberFailure) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .notStarted("no pipe: \(String(cString: strerror(errno)))") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    return (ends[0], ends[1])
  }

  private static func spawn(
    _ path: String, _ arguments: [String], _ environment: [String: String], output: Int32, errors: Int32
  ) throws(TranscriberFailure) -> pid_t {
    // Not every library opens close-on-exec. glibc 2.34 and later; its header hides it from Swift.
    typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
    guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else {
      throw .notStarted("this system's C library cannot keep descriptors from programs")
    }
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    guard unsafeBitCast(symbol, to: CloseFrom.self)(&actions, 3) == 0 else { throw .notStarted("no memory") }
    var none = sigset_t()
    sigemptyset(&none)
    var every = sigset_t()
    sigfillset(&every)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &every)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, path, &actions, &attributes, &words, &settings)
    guard code == 0 else { throw .notStarted(String(cString: strerror(code))) }
    return process
  }
}
