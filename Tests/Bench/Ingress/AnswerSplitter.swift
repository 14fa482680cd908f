/// Cuts the bytes of a keep-alive connection into HTTP answers, as far as a load generator must know them: the
/// status, and where an answer with a `Content-Length` ends.
struct AnswerSplitter {
  struct Malformed: Error {}

  private var bytes: [UInt8] = []

  /// The status of the answer that these bytes complete; nil while one is still coming.
  mutating func received(_ more: UnsafeRawBufferPointer) throws(Malformed) -> Int? {
    bytes.append(contentsOf: more)
    guard let bodyStart = endOfHead else {
      if bytes.count > 16_384 { throw Malformed() }
      return nil
    }
    // "HTTP/1.1 200 "
    guard bodyStart > 13, let status = number(in: 9..<12), let length = contentLength(before: bodyStart) else {
      throw Malformed()
    }
    if bytes.count < bodyStart + length { return nil }
    // One request at a time: nothing may follow its answer.
    guard bytes.count == bodyStart + length else { throw Malformed() }
    bytes.removeAll(keepingCapacity: true)
    return status
  }

  private var endOfHead: Int? {
    var index = 3
    while index < bytes.count {
      if bytes[index] == 0x0A, bytes[index - 1] == 0x0D, bytes[index - 2] == 0x0A { return index + 1 }
      index += 1
    }
    return nil
  }

  private static let lengthName = Array("content-length:".utf8)

  private func contentLength(before end: Int) -> Int? {
    var line = 0
    for index in 0..<end where bytes[index] == 0x0A {
      let name = bytes[line..<index].prefix(Self.lengthName.count)
      // ASCII letters differ from their capitals in one bit; "-" and ":" have it set.
      if name.lazy.map({ $0 | 0x20 }).elementsEqual(Self.lengthName) {
        return number(in: (line + Self.lengthName.count)..<index)
      }
      line = index + 1
    }
    return nil
  }

  private func number(in range: Range<Int>) -> Int? {
    Int(String(decoding: bytes[range], as: UTF8.self).filter { !$0.isWhitespace })
  }
}
