import Glibc
import Synchronization

/// Copies every frame to a file, for debugging, with secrets blanked.
///
/// One line a frame: time, direction, connection, body. The file is made with mode 0600; at `limit` bytes it becomes
/// `<path>.1` (the one before is dropped) and a new one starts, so at most twice the limit is kept. Writing happens
/// on the caller's thread: this is a tool for looking, not for production load.
package final class FrameMirror: Sendable {
  /// Which way a frame went.
  package enum Direction: String, Sendable {
    case sent = ">"
    case received = "<"
  }

  private struct File {
    var descriptor: Int32
    var bytes: Int
  }

  private let path: String
  private let limit: Int
  private let file: Mutex<File>

  /// Opens the file, keeping what is in it. Throws when it cannot be opened.
  package init(path: String, limit: Int = 64 << 20) throws(FrameMirrorFailure) {
    self.path = path
    self.limit = limit
    file = Mutex(try Self.open(path))
  }

  deinit { file.withLock { _ = close($0.descriptor) } }

  /// Writes one line. A full disk or a lost file loses lines, never calls.
  package func record(_ body: ArraySlice<UInt8>, _ direction: Direction, _ connection: String) {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let milliseconds = Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    var line = Array("\(milliseconds) \(direction.rawValue) \(connection) ".utf8)
    line.append(contentsOf: FrameBlanking.blanked(body))
    line.append(UInt8(ascii: "\n"))
    file.withLock { file in
      if file.bytes + line.count > limit { startOver(&file) }
      if file.descriptor >= 0, Glibc.write(file.descriptor, line, line.count) > 0 { file.bytes += line.count }
    }
  }

  private func startOver(_ file: inout File) {
    if file.descriptor >= 0 { close(file.descriptor) }
    rename(path, path + ".1")
    file = (try? Self.open(path)) ?? File(descriptor: -1, bytes: 0)
  }

  private static func open(_ path: String) throws(FrameMirrorFailure) -> File {
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw FrameMirrorFailure(reason: "cannot open \(path): \(String(cString: strerror(errno)))")
    }
    var status = stat()
    fstat(descriptor, &status)
    return File(descriptor: descriptor, bytes: Int(status.st_size))
  }
}

/// Why frames cannot be mirrored.
package struct FrameMirrorFailure: Error, Equatable, Sendable, CustomStringConvertible {
  package let reason: String
  package var description: String { "frame mirror: \(reason)" }
}
