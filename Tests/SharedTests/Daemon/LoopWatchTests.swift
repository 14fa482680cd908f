import Glibc
import Telemetry
import TestSupport
import Testing
import Transport

@testable import Daemon

@Suite struct LoopWatchTests {
  @Test func `work that blocks the loop is timed and logged`() async throws {
    let lines = CollectedLines()
    let metrics = Metrics()
    let loop = try EventLoop(name: "watched")
    let watch = LoopWatch(
      loop, log: Log(service: "probe", sink: .collecting(into: lines)), metrics: metrics,
      pause: .milliseconds(10), tolerated: .milliseconds(50))
    watch.start()
    // What handlers must never do; the watch's timer falls due meanwhile.
    loop.execute { usleep(100_000) }
    try await eventually("the late timer is noticed") { !lines.ofEvent("loop.blocked").isEmpty }
    let delays = metrics.histogram("wss_loop_delay_seconds", "").snapshot
    let late = zip(delays.bounds + [.infinity], delays.counts).filter { $0.0 > 0.05 }.map(\.1).reduce(0, +)
    #expect(late >= 1)
    watch.stop()
    loop.stop()
  }
}
