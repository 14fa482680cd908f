import Wire

/// One timer for the deadlines of many calls.
///
/// Calls end long before their deadline as a rule, so nothing is kept per call: the timer fires at the earliest
/// deadline ever added since the last look, the owner looks through what is still open and says which is next. With
/// steady traffic that is one look per deadline's length. Loop thread only.
final class RPCDeadlines {
  /// Looks at everything open at `now` and returns the earliest deadline that is left, if any.
  var look: ((_ now: Int64) -> Int64?)?

  private let loop: EventLoop
  private var earliest = Int64.max
  private var timer: LoopTimer?
  /// Deadlines this close together are looked at together.
  private static let grain: Int64 = 2_000_000

  init(loop: EventLoop) { self.loop = loop }

  /// Makes sure of a look at `deadline`, in nanoseconds of the monotonic clock.
  @inline(__always)
  func add(_ deadline: Int64) {
    if deadline < earliest { schedule(deadline) }
  }

  /// Forgets everything.
  func stop() {
    look = nil
    if let timer { loop.cancel(timer) }
    timer = nil
    earliest = .max
  }

  private func schedule(_ deadline: Int64) {
    earliest = deadline
    if let timer { loop.cancel(timer) }
    let wait = max(0, deadline &- MonotonicClock.now) &+ Self.grain
    timer = loop.schedule(after: .nanoseconds(wait)) { [weak self] in self?.fire() }
  }

  private func fire() {
    timer = nil
    earliest = .max
    if let next = look?(MonotonicClock.now) { add(next) }
  }
}
