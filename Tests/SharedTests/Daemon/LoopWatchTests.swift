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
    #expect(metrics.render().contains("wss_loop_delay_seconds_bucket{le=\"0.05\"} 0\n"))
    watch.stop()
    loop.stop()
  }
}
