import Crypto
import Glibc
import Synchronization

/// Bytes on their way into a file of their own: counted, hashed and bounded as they come. The file goes with the last
/// reference unless it was completed.
final class IncomingFile: Sendable {
  /// A complete file, on disk.
  struct Complete: Sendable {
    var path: String
    var bytes: Int
    /// Lower-case hex.
    var sha256: String
    /// Its beginning, to tell what it is.
    var head: [UInt8]
  }

  static let headBytes = 4_096
  /// How often the space left is looked at, in bytes written.
  private static let spaceStep = 4 << 20

  private struct State {
    var descriptor: Int32
    var hasher = SHA256()
    var bytes = 0
    var checkedAt = 0
    var head: [UInt8] = []
    var failure: MediaFileFailure?
  }

  private let path: String
  private let limit: Int
  private let leastFree: Int
  private let state: Mutex<State>

  /// `path` must not exist. At most `limit` bytes are taken, and none once less than `leastFree` is left on the disk.
  init(path: String, limit: Int, leastFree: Int) throws(MediaFileFailure) {
    self.path = path
    self.limit = limit
    self.leastFree = leastFree
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .last }
    state = Mutex(State(descriptor: descriptor))
  }

  deinit { discard() }

  /// Takes the next bytes. Blocks as the disk does. False when they are not wanted: `failure` says why.
  func write(_ bytes: [UInt8]) -> Bool {
    state.withLock { state in
      guard state.descriptor >= 0, state.failure == nil else { return false }
      state.failure = take(bytes, &state)
      return state.failure == nil
    }
  }

  /// Why no more is taken.
  var failure: MediaFileFailure? { state.withLock { $0.failure } }

  /// Makes what has come durable and closes the file. Blocks as the disk does.
  func complete() throws(MediaFileFailure) -> Complete {
    let result = state.withLock { state -> Result<Complete, MediaFileFailure> in
      if let failure = state.failure { return .failure(failure) }
      guard state.descriptor >= 0 else { return .failure(.system(EBADF)) }
      guard fsync(state.descriptor) == 0 else { return .failure(.last) }
      close(state.descriptor)
      state.descriptor = -1
      return .success(
        Complete(path: path, bytes: state.bytes, sha256: Hex.encode(state.hasher.finalize()), head: state.head))
    }
    return try result.get()
  }

  /// Removes what has come; nothing after `complete`.
  func discard() {
    state.withLock { state in
      guard state.descriptor >= 0 else { return }
      close(state.descriptor)
      state.descriptor = -1
      unlink(path)
    }
  }

  private func take(_ bytes: [UInt8], _ state: inout State) -> MediaFileFailure? {
    guard bytes.count <= limit - state.bytes else { return .tooLarge(limit: limit) }
    if state.bytes == 0 || state.bytes - state.checkedAt >= Self.spaceStep {
      state.checkedAt = state.bytes
      if let free = DiskSpace.free(of: state.descriptor), free < leastFree + bytes.count { return .noSpace }
    }
    if let failure = Self.write(bytes, to: state.descriptor) { return failure }
    state.hasher.update(bytes)
    state.bytes += bytes.count
    if state.head.count < Self.headBytes { state.head += bytes.prefix(Self.headBytes - state.head.count) }
    return nil
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> MediaFileFailure? {
    bytes.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
        if count > 0 {
          done += count
        } else if count == 0 || errno != EINTR {
          return .last
        }
      }
      return nil
    }
  }
}
