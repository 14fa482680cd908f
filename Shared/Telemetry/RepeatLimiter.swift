/// Counts lines of one event within a second and says which are too many. A value: the log guards it.
struct RepeatLimiter {
  private struct Window {
    var start: Int64
    var count: Int
    var suppressed: Int
  }

  /// An event whose second is over and of which lines were left out.
  struct Summary: Equatable {
    let event: String
    let suppressed: Int
  }

  private let limit: Int
  private var windows: [String: Window] = [:]
  private var pending = 0
  /// Event names are literals of the program; the cap only guards against a mistake there.
  private static let trackedEvents = 4_096

  init(perSecond limit: Int) { self.limit = limit }

  /// Whether this line may be written now.
  mutating func admits(_ event: String, now: Int64) -> Bool {
    if limit == .max { return true }
    if windows.count >= Self.trackedEvents && windows[event] == nil { windows.removeAll(keepingCapacity: true) }
    var window = windows[event] ?? Window(start: now, count: 0, suppressed: 0)
    if isOver(window, now) { window = Window(start: now, count: 0, suppressed: window.suppressed) }
    window.count += 1
    let admitted = window.count <= limit
    if !admitted {
      if window.suppressed == 0 { pending += 1 }
      window.suppressed += 1
    }
    windows[event] = window
    return admitted
  }

  /// Summaries of seconds that are over; all of them when `atEnd`.
  mutating func summaries(now: Int64, atEnd: Bool = false) -> [Summary] {
    if pending == 0 { return [] }
    var found: [Summary] = []
    for (event, window) in windows where window.suppressed > 0 && (atEnd || isOver(window, now)) {
      found.append(Summary(event: event, suppressed: window.suppressed))
      windows[event]?.suppressed = 0
      pending -= 1
    }
    return found.sorted { $0.event < $1.event }
  }

  /// A clock that was set back starts a new second rather than muting an event until it catches up.
  private func isOver(_ window: Window, _ now: Int64) -> Bool { now >= window.start + 1_000 || now < window.start }
}
