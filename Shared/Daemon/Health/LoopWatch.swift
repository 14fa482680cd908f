import Telemetry
import Transport

/// Measures how late the event loop runs what is due: work that blocks it shows here first. Once a second it also
/// lets the log report what it left out.
///
/// `@unchecked Sendable`: after `init`, members are used on the loop's thread only.
final class LoopWatch: @unchecked Sendable {
  private let loop: EventLoop
  private let log: Log
  private let delays: Histogram
  private var timer: LoopTimer?

  private let pause: Duration
  private let tolerated: Duration

  /// Looks once every `pause`; a delay above `tolerated`, the house's limit for one turn, is logged.
  init(
    _ loop: EventLoop, log: Log, metrics: Metrics, pause: Duration = .seconds(1),
    tolerated: Duration = .milliseconds(50)
  ) {
    self.loop = loop
    self.log = log
    self.pause = pause
    self.tolerated = tolerated
    delays = metrics.histogram("wss_loop_delay_seconds", "How late the event loop runs a timer, asked once a second.")
  }

  func start() { loop.execute { self.wait() } }

  func stop() {
    loop.execute {
      if let timer = self.timer { self.loop.cancel(timer) }
      self.timer = nil
    }
  }

  private func wait() {
    let due = MonotonicClock.now + pause.nanoseconds
    timer = loop.schedule(after: pause) { [weak self] in self?.measure(due) }
  }

  private func measure(_ due: Int64) {
    let delay = max(0, MonotonicClock.now - due)
    delays.observe(nanoseconds: delay)
    if delay > tolerated.nanoseconds {
      log.error("loop.blocked", ["milliseconds": .int64(delay / 1_000_000)])
    }
    log.summarise()
    wait()
  }
}
