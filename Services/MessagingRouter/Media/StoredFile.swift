import Glibc

/// A file that is open for reading; closed with the last reference.
final class StoredFile: Sendable {
  let path: String
  let bytes: Int
  private let descriptor: Int32

  init?(path: String) {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      return nil
    }
    self.path = path
    self.descriptor = descriptor
    bytes = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// The bytes of a range; fewer where the file ends. Blocks as the disk does.
  func read(_ range: Range<Int>) throws(MediaFileFailure) -> [UInt8] {
    var failure: MediaFileFailure?
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      count = 0
      while count < range.count {
        let got = pread(
          descriptor, buffer.baseAddress?.advanced(by: count), range.count - count, off_t(range.lowerBound + count))
        if got == 0 { return }
        if got > 0 {
          count += got
        } else if errno != EINTR {
          failure = .last
          return
        }
      }
    }
    if let failure { throw failure }
    return bytes
  }
}
