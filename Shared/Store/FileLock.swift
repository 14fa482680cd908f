import Glibc
import Synchronization

/// An exclusive lock on a file, until its last holder lets go or the process ends, however it ends.
///
/// Its holders are the threads that have the database open. Which of them ends last differs, so they are counted.
final class FileLock: Sendable {
  private let state: Mutex<State>

  private struct State {
    let descriptor: Int32
    var holders = 1
  }

  /// Takes the lock beside `file` at once or throws `.locked`. A symbolic link to a file shares that file's lock.
  init(guarding file: String) throws(StoreFailure) {
    let path = Self.resolved(file) + ".lock"
    let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard opened >= 0 else { throw StoreFailure(errno: errno, opening: path) }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      let reason = errno
      let holder = Self.holder(opened)
      close(opened)
      guard reason == EWOULDBLOCK else { throw StoreFailure(errno: reason, opening: path) }
      throw StoreFailure(.locked, "\(path) is held by \(holder): one process per database")
    }
    Self.sign(opened)
    state = Mutex(State(descriptor: opened))
  }

  /// A store that failed to open never had a thread to let go.
  deinit { while state.withLock({ $0.holders }) > 0 { letGo() } }

  /// One more holder.
  func hold() { state.withLock { $0.holders += 1 } }

  /// One holder fewer; the last gives the lock back. The file stays: removing it would let two processes lock two files
  /// of one name.
  func letGo() {
    state.withLock { state in
      state.holders -= 1
      guard state.holders == 0 else { return }
      // Unlocked, not only closed: a child process between fork and exec still holds a copy of the descriptor.
      flock(state.descriptor, LOCK_UN)
      close(state.descriptor)
    }
  }

  private static func resolved(_ file: String) -> String {
    guard let real = realpath(file, nil) else { return file }  // a file that is yet to be made
    defer { free(real) }
    return String(cString: real)
  }

  /// The holder's process id, written for the people who read the error of the second one.
  private static func sign(_ descriptor: Int32) {
    let text = Array("\(getpid())\n".utf8)
    guard ftruncate(descriptor, 0) == 0 else { return }
    _ = pwrite(descriptor, text, text.count, 0)
  }

  private static func holder(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 20)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0, let id = Int(String(decoding: bytes.prefix(count).prefix { $0 != 10 }, as: UTF8.self)) else {
      return "another process"
    }
    return "process \(id)"
  }
}
