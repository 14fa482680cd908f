import Glibc

/// Reads files that are small by nature: settings, keys, secrets.
enum SmallFile {
  struct Failure: Error, Equatable {
    let message: String
  }

  /// The whole file, or why not; longer than `limit` bytes is refused.
  static func read(_ path: String, limit: Int) -> Result<[UInt8], Failure> {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return .failure(Failure(message: reason(errno))) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { return .failure(Failure(message: reason(errno))) }
      if count == 0 { return .success(bytes) }
      bytes += chunk[..<count]
      if bytes.count > limit { return .failure(Failure(message: "it is longer than \(limit) bytes")) }
    }
  }

  /// Replaces the file in one step: a reader sees the old text or the new, never half of one.
  static func replace(_ path: String, with text: String, mode: mode_t) -> Failure? {
    let temporary = "\(path).\(getpid()).new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    if descriptor < 0 { return Failure(message: reason(errno)) }
    let bytes = Array(text.utf8)
    let written = write(descriptor, bytes, bytes.count)
    let writeError = errno
    close(descriptor)
    if written != bytes.count {
      unlink(temporary)
      return Failure(message: written < 0 ? reason(writeError) : "the disk is full")
    }
    if rename(temporary, path) != 0 {
      let renameError = errno
      unlink(temporary)
      return Failure(message: reason(renameError))
    }
    return nil
  }

  static func reason(_ code: Int32) -> String {
    switch code {
    case ENOENT: "it does not exist"
    case EACCES, EPERM: "permission denied"
    case EISDIR: "it is a directory"
    case ENOTDIR: "a part of the path is not a directory"
    default: "system error \(code)"
    }
  }
}
