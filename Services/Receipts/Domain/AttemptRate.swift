/// Attempts of the last second, so that no second sees more than allowed: not even one that begins in the middle.
struct AttemptRate: Sendable {
  /// Attempts are remembered by such steps of time, in milliseconds; at most a hundred and one of them.
  private static let grain: Int64 = 10

  private var grains: [(end: Int64, count: Int)] = []
  private var remembered = 0

  /// Attempts that may begin now. Below one a second there is one in the time that one takes.
  mutating func free(at now: Int64, perSecond: Double) -> Int {
    let (most, span) = Self.window(perSecond)
    forget(at: now, span: span)
    return max(0, most - remembered)
  }

  /// The first moment at which one more may begin.
  func nextFree(at now: Int64, perSecond: Double) -> Int64 {
    let (most, span) = Self.window(perSecond)
    guard remembered >= most, let first = grains.first else { return now }
    return max(now, first.end + span)
  }

  mutating func took(_ count: Int, at now: Int64) {
    // Rounded up: what is remembered is never too old.
    let end = (now + Self.grain - 1) / Self.grain * Self.grain
    remembered += count
    if let last = grains.last, last.end == end {
      grains[grains.count - 1].count += count
    } else {
      grains.append((end, count))
    }
  }

  private mutating func forget(at now: Int64, span: Int64) {
    // A clock that was set back: what lies ahead of it began now at the latest.
    if let last = grains.last, last.end > now + Self.grain { grains = [(now, remembered)] }
    let old = grains.prefix { $0.end + span <= now }
    for grain in old { remembered -= grain.count }
    grains.removeFirst(old.count)
  }

  private static func window(_ perSecond: Double) -> (most: Int, span: Int64) {
    let most = max(1, perSecond.rounded(.down))
    return (Int(most), Int64((most * 1_000 / max(perSecond, 0.001)).rounded(.up)))
  }
}
