/// Cuts a stream of bytes into frames, wherever the network happened to cut it.
///
/// A frame is its length as four bytes, big-endian, and that many bytes. The declared length is checked but never
/// reserved: the buffer holds what has arrived and no more.
package struct FrameSplitter: Sendable {
  /// The longest body accepted, in bytes; may be raised once the peer is known.
  package var limit: Int

  private var buffer: [UInt8] = []
  private var head = 0
  private var failure: FrameFailure?

  /// A splitter for bodies of up to `limit` bytes.
  package init(limit: Int) { self.limit = limit }

  /// Bytes that have arrived and are not yet part of a whole frame.
  package var bufferedBytes: Int { buffer.count - head }

  /// Takes what the network gave.
  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if failure != nil { return }
    if head == buffer.count {
      forget()
    } else if head > 65_536 {
      buffer.removeFirst(head)
      head = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// Memory held for what has arrived, in bytes.
  package var reservedBytes: Int { buffer.capacity }

  /// The next whole body, or nil until more has arrived. A failure is final: every later call throws it again.
  package mutating func next() throws(FrameFailure) -> [UInt8]? {
    if let failure { throw failure }
    guard bufferedBytes >= 4 else { return nil }
    let length = buffer.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: head, as: UInt32.self).bigEndian) }
    if length == 0 { throw fail(.empty) }
    if length > limit { throw fail(.tooLong(declared: length, limit: limit)) }
    guard bufferedBytes - 4 >= length else { return nil }
    let start = head + 4
    let body = [UInt8](unsafeUninitializedCapacity: length) { target, count in
      buffer.withUnsafeBytes { source in
        UnsafeMutableRawBufferPointer(target).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: source[start..<(start + length)]))
      }
      count = length
    }
    head = start + length
    if head == buffer.count { forget() }
    return body
  }

  private mutating func fail(_ failure: FrameFailure) -> FrameFailure {
    self.failure = failure
    buffer = []
    head = 0
    return failure
  }

  /// Empties the buffer; a large one is given back, so that an idle connection does not hold its largest frame.
  private mutating func forget() {
    if buffer.capacity > 131_072 { buffer = [] } else { buffer.removeAll(keepingCapacity: true) }
    head = 0
  }
}
