import Glibc

/// A file that takes all the room there is.
package final class Ballast {
  struct Failed: Error {
    let reason: Int32
  }

  private let path: String

  package init(_ path: String) { self.path = path }

  /// Grows until the disk is full.
  package func fill() throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Failed(reason: errno) }
    defer { close(descriptor) }
    var page = [UInt8](repeating: 0x2a, count: 64 << 10)
    while !page.isEmpty {
      let written = write(descriptor, page, page.count)
      if written >= 0 { continue }
      guard errno == ENOSPC else { throw Failed(reason: errno) }
      // The last pages one by one.
      page.removeLast(page.count > 4_096 ? page.count - 4_096 : page.count)
    }
  }

  package func remove() throws {
    guard unlink(path) == 0 else { throw Failed(reason: errno) }
  }
}
