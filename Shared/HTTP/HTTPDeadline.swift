import Transport

/// One deadline that moves with every phase of a connection, on a timer that is set again only when it would
/// fire too late: a busy connection touches the loop's timers about once a minute.
final class HTTPDeadline {
  private let loop: EventLoop
  private let passed: () -> Void
  private var due = Int64.max
  private var armedFor = Int64.max
  private var timer: LoopTimer?

  init(_ loop: EventLoop, _ passed: @escaping () -> Void) {
    self.loop = loop
    self.passed = passed
  }

  /// Calls back once, `after` from `start` (now when not given), unless moved before.
  func set(_ after: Duration, from start: Int64 = MonotonicClock.now) {
    due = start &+ after.nanoseconds
    if due < armedFor { arm(due - MonotonicClock.now) }
  }

  /// No deadline until the next `set`. The timer stays and finds nothing to do.
  func clear() { due = .max }

  /// Lets go of the timer; for the end of the connection.
  func cancel() {
    due = .max
    if let timer { loop.cancel(timer) }
    timer = nil
  }

  private func arm(_ nanoseconds: Int64) {
    if let timer { loop.cancel(timer) }
    armedFor = due
    timer = loop.schedule(after: .nanoseconds(max(0, nanoseconds))) { [weak self] in self?.fire() }
  }

  private func fire() {
    timer = nil
    armedFor = .max
    if due == .max { return }
    let now = MonotonicClock.now
    if due > now { return arm(due - now) }
    due = .max
    passed()
  }
}
