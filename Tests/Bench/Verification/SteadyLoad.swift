import Dispatch
import Foundation
import Glibc
import Synchronization
import TestSupport
import Transport

/// Requests at a fixed rate over one connection, whatever else goes on, and how long each took.
///
/// Has a thread of its own until `stop`. When an answer is late, the requests it holds up count from when they were due.
final class SteadyLoad: Sendable {
  private struct State {
    var isStopped = false
    var latencies: [Int64] = []
    var problem: String?
  }

  private let state = Mutex(State())
  private let end = DispatchSemaphore(value: 0)

  /// Sends `requests` in turn, and again from the first; every answer must be a 200.
  init(port: Int, requests: [[UInt8]], perSecond: Int64) {
    Thread.detachNewThread { [self] in
      do {
        try play(KeepAliveClient(port: port), requests, pause: 1_000_000_000 / perSecond)
      } catch {
        state.withLock { $0.problem = "\(error)" }
      }
      end.signal()
    }
  }

  /// Forgets what was measured so far.
  func restart() { state.withLock { $0.latencies = [] } }

  /// What was measured since the last restart, in nanoseconds. Throws when a request failed.
  func latencies() throws -> [Int64] {
    let (latencies, problem) = state.withLock { ($0.latencies, $0.problem) }
    if let problem { throw BenchFailure("the steady load has failed: \(problem)") }
    return latencies
  }

  /// Ends the thread and waits for that. Once.
  func stop() {
    state.withLock { $0.isStopped = true }
    end.wait()
  }

  private func play(_ client: KeepAliveClient, _ requests: [[UInt8]], pause: Int64) throws {
    var due = MonotonicClock.now
    var next = 0
    while !state.withLock({ $0.isStopped }) {
      let early = due - MonotonicClock.now
      if early > 0 { usleep(UInt32(early / 1_000)) }
      // Who has slept is sent now: that this thread woke late is nobody's answer.
      let begun = early > 0 ? MonotonicClock.now : due
      let status = try client.exchange(requests[next % requests.count]).status
      guard status == 200 else { throw BenchFailure("an answer was \(status)") }
      let taken = MonotonicClock.now - begun
      state.withLock { $0.latencies.append(taken) }
      next += 1
      due += pause
    }
  }
}
