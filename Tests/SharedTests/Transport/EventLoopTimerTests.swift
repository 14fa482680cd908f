import Synchronization
import Testing
import Transport

@Suite struct EventLoopTimerTests {
  /// Loop thread only.
  final class Log: @unchecked Sendable {
    // `@unchecked Sendable`: written and read on the loop's thread only.
    var entries: [String] = []
    var victim: LoopTimer?
  }

  @Test func `a timer may add and cancel timers when it fires`() async throws {
    let loop = try EventLoop(name: "timers")
    let log = Log()
    await withCheckedContinuation { continuation in
      loop.execute {
        loop.schedule(after: .zero) {
          log.entries.append("first")
          if let victim = log.victim { loop.cancel(victim) }
          loop.schedule(after: .zero) { log.entries.append("added") }
          loop.schedule(after: .milliseconds(5)) { continuation.resume() }
        }
        log.victim = loop.schedule(after: .zero) { log.entries.append("cancelled") }
        loop.schedule(after: .zero) { log.entries.append("second") }
      }
    }
    let entries = await loop.perform { log.entries }
    #expect(entries == ["first", "second", "added"])
    loop.stop()
  }
}
