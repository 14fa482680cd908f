import Transport

/// Judges whether the reader of an answer moves at all. Looked at once in `HTTPLimits.writeTime`.
struct HTTPReaderWatch {
  private let enough: Int
  /// How far the reader was at the last look; nil once it has caught up since.
  private var sentAtLastLook: Int?

  init(limits: HTTPLimits) {
    enough = max(1, Int(limits.writeTime.milliseconds) * limits.minimumBytesPerSecond / 1000)
  }

  mutating func start(sent: Int) { sentAtLastLook = sent }

  mutating func caughtUp() { sentAtLastLook = nil }

  /// True for a reader that was behind all the time since the last look and has hardly moved.
  func isTooSlow(sent: Int, waiting: Int) -> Bool {
    guard waiting > 0, let sentAtLastLook else { return false }
    return sent - sentAtLastLook < enough
  }
}
