import Glibc

/// Received bytes that are not yet parsed, taken line by line or count by count.
struct HTTPInput {
  private(set) var bytes: [UInt8] = []
  private var cursor = 0
  /// Up to here no line feed was found: a line that comes in a thousand pieces is searched once.
  private var scanned = 0

  var count: Int { bytes.count - cursor }

  /// The next byte, not taken.
  var peek: UInt8? { cursor < bytes.count ? bytes[cursor] : nil }

  mutating func append(_ more: UnsafeRawBufferPointer) {
    if cursor == bytes.count {
      // An idle connection must not hold on to the buffer of its largest request.
      if bytes.capacity > 16_384 { bytes = [] } else { bytes.removeAll(keepingCapacity: true) }
      cursor = 0
      scanned = 0
    } else if cursor > 65_536 {
      bytes.removeFirst(cursor)
      scanned -= cursor
      cursor = 0
    }
    bytes.append(contentsOf: more)
  }

  /// Takes the next line without its CR LF; nil when its end has not come. A line of more than `limit` bytes
  /// throws `tooLong`, whether it has ended or not, so that the outcome does not depend on how bytes arrive.
  mutating func takeLine(limit: Int, tooLong: HTTPRefusal) throws(HTTPRefusal) -> ArraySlice<UInt8>? {
    guard let end = lineFeed() else {
      scanned = bytes.count
      // One byte more than the limit may be the CR of a line that just fits.
      if count > limit + 1 { throw tooLong }
      return nil
    }
    if end - cursor > limit + 1 { throw tooLong }
    guard end > cursor, bytes[end - 1] == HTTPBytes.carriageReturn else { throw .lineEnd }
    let line = bytes[cursor..<(end - 1)]
    cursor = end + 1
    scanned = cursor
    return line
  }

  /// Moves at most `limit` bytes to `body`, and says how many.
  mutating func take(_ limit: Int, into body: inout [UInt8]) -> Int {
    let taken = min(limit, count)
    if taken > 0 { body.append(contentsOf: bytes[cursor..<(cursor + taken)]) }
    cursor += taken
    scanned = max(scanned, cursor)
    return taken
  }

  /// Takes CR LF; false when it has not come in full.
  mutating func takeLineEnd(orThrow failure: HTTPRefusal) throws(HTTPRefusal) -> Bool {
    guard let first = peek else { return false }
    if first != HTTPBytes.carriageReturn { throw failure }
    if count < 2 { return false }
    if bytes[cursor + 1] != HTTPBytes.lineFeed { throw failure }
    cursor += 2
    scanned = max(scanned, cursor)
    return true
  }

  private func lineFeed() -> Int? {
    bytes.withUnsafeBytes { all in
      guard let base = all.baseAddress, scanned < all.count,
        let found = memchr(base + scanned, Int32(HTTPBytes.lineFeed), all.count - scanned)
      else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }
}
