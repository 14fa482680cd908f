/// The body of the request being read, counted against what the server holds for all its clients.
struct HTTPIncomingBody {
  var bytes: [UInt8] = []
  /// Monotonic nanoseconds when the head was complete.
  var startedAt: Int64 = 0
  private var held = 0

  /// Counts what has come since the last call. False when that is too much for the server.
  mutating func hold(in server: HTTPServer) -> Bool {
    let more = bytes.count - held
    if more == 0 { return true }
    guard server.reserveBody(more) else { return false }
    held += more
    return true
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
    bytes = []
  }

  /// How long the body may take in all, by what has come of it.
  func time(_ limits: HTTPLimits) -> Duration {
    let earned = Duration.milliseconds(bytes.count * 1000 / max(1, limits.minimumBytesPerSecond))
    return min(limits.bodyTime + earned, limits.longestBodyTime)
  }
}
