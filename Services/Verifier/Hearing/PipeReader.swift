import Glibc

/// What came out of one end of a pipe so far.
struct PipeReader {
  private(set) var bytes: [UInt8] = []
  private let descriptor: Int32
  private var isOpen = true

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Reads what is there from both, waiting at most so long for something.
  static func wait(_ first: inout PipeReader, _ second: inout PipeReader, milliseconds: Int32) {
    var waiting = [first, second].map {
      pollfd(fd: $0.isOpen ? $0.descriptor : -1, events: Int16(POLLIN), revents: 0)
    }
    // Both closed, but not ended: that is looked for soon again.
    let isAny = first.isOpen || second.isOpen
    _ = poll(&waiting, nfds_t(waiting.count), isAny ? milliseconds : min(milliseconds, 5))
    if waiting[0].revents != 0 { first.read() }
    if waiting[1].revents != 0 { second.read() }
  }

  /// Reads what is left, up to `limit` bytes in all.
  mutating func drain(_ limit: Int) { while isOpen, bytes.count < limit, read() {} }

  /// Forgets all but the first `limit` bytes.
  mutating func keep(_ limit: Int) { if bytes.count > limit { bytes.removeSubrange(limit...) } }

  /// False when there is nothing now.
  @discardableResult private mutating func read() -> Bool {
    let count = withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { buffer in
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count > 0 { bytes += buffer.prefix(count) }
      return count
    }
    if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { isOpen = false }
    return count > 0
  }
}
