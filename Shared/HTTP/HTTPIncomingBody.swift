/// The body of the request being read, counted against what the server holds for all its clients.
struct HTTPIncomingBody {
  var bytes: [UInt8] = []
  /// Monotonic nanoseconds when the head was complete.
  var startedAt: Int64 = 0
  /// Monotonic nanoseconds when the client last sent anything of it.
  var heardAt: Int64 = 0
  private(set) var held = 0
  /// Bytes that went on to a handler while others came.
  private var streamed = 0

  /// Counts what has come since the last call. False when that is too much for the server.
  mutating func hold(in server: HTTPServer, of connection: HTTPConnection) -> Bool {
    let more = bytes.count - held
    if more == 0 { return true }
    guard server.reserveBody(more, for: connection) else { return false }
    held += more
    return true
  }

  /// The bytes for a handler that reads them as they come; they are not counted against the server.
  mutating func stream() -> [UInt8] {
    streamed += bytes.count
    defer { bytes = [] }
    return bytes
  }

  /// The bytes for the handler; they stay counted until `release`.
  mutating func take() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }

  /// Forgets the body and gives its room back.
  mutating func release(in server: HTTPServer) {
    server.releaseBody(held)
    held = 0
    streamed = 0
    bytes = []
  }

  /// When the body is given up, counted from `startedAt`: by what has come of it, and by when anything last came.
  func time(_ limits: HTTPLimits) -> Duration {
    let earned = Duration.milliseconds((bytes.count + streamed) * 1000 / max(1, limits.minimumBytesPerSecond))
    let whole = min(limits.bodyTime + earned, limits.longestBodyTime)
    return min(whole, .nanoseconds(heardAt - startedAt) + limits.bodySilence)
  }
}
