/// Passes a body on byte for byte, or chunk for chunk written anew, and knows where it ends.
struct BodyCarrier {
  enum Framing {
    case length(Int)
    case chunked
    /// Until the connection ends; written as chunks, so that a cut is told from the end.
    case untilEnd
  }

  private enum State {
    case length(Int)
    case chunked(ChunkScanner)
    case untilEnd
  }

  private var state: State
  private(set) var isDone: Bool

  init(_ framing: Framing) {
    switch framing {
    case .length(let length):
      state = .length(length)
      isDone = length == 0
    case .chunked:
      state = .chunked(ChunkScanner())
      isDone = false
    case .untilEnd:
      state = .untilEnd
      isDone = false
    }
  }

  /// False when the coding is malformed. Bytes behind the body's end are dropped.
  mutating func take(_ bytes: UnsafeRawBufferPointer, into out: inout [UInt8]) -> Bool {
    if isDone || bytes.isEmpty { return true }
    switch state {
    case .length(let left):
      let count = min(left, bytes.count)
      out.append(contentsOf: bytes[..<count])
      state = .length(left - count)
      isDone = left == count
    case .untilEnd:
      Self.appendChunk(bytes, to: &out)
    case .chunked(var scanner):
      let progress = scanner.feed(bytes) { Self.appendChunk($0, to: &out) }
      state = .chunked(scanner)
      if progress == .malformed { return false }
      if case .done = progress {
        isDone = true
        out.append(contentsOf: "0\r\n\r\n".utf8)
      }
    }
    return true
  }

  /// The connection ended in good order; true when that ends the body too.
  mutating func end(into out: inout [UInt8]) -> Bool {
    if isDone { return true }
    guard case .untilEnd = state else { return false }
    isDone = true
    out.append(contentsOf: "0\r\n\r\n".utf8)
    return true
  }

  private static func appendChunk(_ bytes: UnsafeRawBufferPointer, to out: inout [UInt8]) {
    out.append(contentsOf: String(bytes.count, radix: 16).utf8)
    out.append(contentsOf: "\r\n".utf8)
    out.append(contentsOf: bytes)
    out.append(contentsOf: "\r\n".utf8)
  }
}
