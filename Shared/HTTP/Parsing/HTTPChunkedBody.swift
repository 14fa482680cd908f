/// The chunked coding of a body (RFC 9112 §7.1): sizes, data and a trailer section that is checked and dropped.
struct HTTPChunkedBody {
  private enum State {
    case size
    case data(remaining: Int)
    case dataEnd
    case trailers
    case finished
  }

  private var state = State.size
  private var bodyBytes = 0
  private var extensionBytes = 0
  private var trailerBytes = 0
  private let bodyLimit: Int

  init(bodyLimit: Int) { self.bodyLimit = bodyLimit }

  /// Moves what has come to `body`. True at the end of the whole body.
  mutating func read(
    _ input: inout HTTPInput, into body: inout [UInt8], _ limits: HTTPLimits
  ) throws(HTTPRefusal) -> Bool {
    while true {
      switch state {
      case .size:
        let lineLimit = 16 + limits.chunkExtensionBytes - extensionBytes
        guard let line = try input.takeLine(limit: lineLimit, tooLong: .chunkExtensions) else { return false }
        let size = try parseSize(line, limits)
        if size > bodyLimit - bodyBytes { throw .bodyTooLarge }
        bodyBytes += size
        state = size == 0 ? .trailers : .data(remaining: size)
      case .data(let remaining):
        let taken = input.take(remaining, into: &body)
        if taken < remaining {
          state = .data(remaining: remaining - taken)
          return false
        }
        state = .dataEnd
      case .dataEnd:
        guard try input.takeLineEnd(orThrow: .chunk) else { return false }
        state = .size
      case .trailers:
        let left = limits.trailerBytes - trailerBytes
        guard let line = try input.takeLine(limit: left, tooLong: .trailersTooLarge) else { return false }
        trailerBytes = min(limits.trailerBytes, trailerBytes + line.count + 2)
        if line.isEmpty {
          state = .finished
          return true
        }
        _ = try HTTPFieldLine(parsing: line)
      case .finished:
        return true
      }
    }
  }

  /// Hexadecimal digits, then nothing or extensions, of which only length and characters are looked at.
  private mutating func parseSize(_ line: ArraySlice<UInt8>, _ limits: HTTPLimits) throws(HTTPRefusal) -> Int {
    let end = line.firstIndex { HTTPBytes.hexValue($0) == nil } ?? line.endIndex
    let digits = line[..<end]
    let extensions = line[end...]
    if digits.isEmpty || digits.count > 16 { throw .chunk }
    if !extensions.isEmpty {
      guard extensions.trimmed().first == 0x3B, extensions.allSatisfy(HTTPBytes.isFieldValue) else { throw .chunk }
      extensionBytes += extensions.count
      if extensionBytes > limits.chunkExtensionBytes { throw .chunkExtensions }
    }
    // 16 digits fit UInt64; what does not fit Int is too large for any body.
    let size = digits.reduce(UInt64(0)) { $0 << 4 | UInt64(HTTPBytes.hexValue($1) ?? 0) }
    guard let size = Int(exactly: size) else { throw .bodyTooLarge }
    return size
  }
}
