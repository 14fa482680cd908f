import Synchronization
import Testing
import TestSupport
import Transport

@Suite(.timeLimit(.minutes(1))) struct EventLoopTests {
  @Test func `the work of a timer may set and cancel timers`() async throws {
    let loop = try EventLoop(name: "timers")
    let fired = AsyncBox<String>()
    loop.execute {
      let doomed = loop.schedule(after: .milliseconds(20)) { fired.put("doomed") }
      loop.schedule(after: .milliseconds(1)) {
        loop.cancel(doomed)
        loop.schedule(after: .zero) { fired.put("second") }
        fired.put("first")
      }
      loop.schedule(after: .milliseconds(60)) { fired.put("last") }
    }
    #expect(try await fired.next() == "first")
    #expect(try await fired.next() == "second")
    #expect(try await fired.next() == "last")
    loop.stop()
  }

  @Test func `a timer that arms itself anew lets the sockets have their turn`() async throws {
    let loop = try EventLoop(name: "timers")
    let turns = Mutex(0)
    @Sendable func arm() {
      loop.schedule(after: .zero) {
        turns.withLock { $0 += 1 }
        arm()
      }
    }
    loop.execute { arm() }
    // Work handed in from outside is not starved by it.
    for _ in 0..<100 { await loop.perform {} }
    #expect(turns.withLock { $0 } > 0)
    loop.stop()
  }

  @Test func `work runs in the order it was handed in, and tasks stay on the loop`() async throws {
    let loop = try EventLoop(name: "order")
    let seen = Mutex<[Int]>([])
    for number in 0..<1_000 { loop.execute { seen.withLock { $0.append(number) } } }
    await loop.perform {}
    #expect(seen.withLock { $0 } == Array(0..<1_000))
    let stayed = AsyncBox<Bool>()
    loop.spawn {
      let before = loop.isCurrent
      await Task.yield()
      stayed.put(before && loop.isCurrent)
    }
    #expect(try await stayed.next())
    loop.stop()
  }
}
