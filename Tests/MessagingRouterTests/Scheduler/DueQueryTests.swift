import Foundation
import Store
import Testing
import Transport

@testable import MessagingRouter

/// How long the scheduler looks for what is due while half a million messages wait. Filling the store takes a minute, so
/// it is measured when asked for: `WSS_MEASURE=1 swift test -c release --filter DueQueryTests`, and by
/// `scripts/bench messaging --part stored` beside a million stored messages.
@Suite struct DueQueryTests {
  typealias S = SchedulerStore

  @Test(.enabled(if: ProcessInfo.processInfo.environment["WSS_MEASURE"] != nil))
  func `with half a million queued what is due is found within 5 ms`() async throws {
    let store = try SchedulerStore()
    for sender in 0..<50 {
      try await store.database.write { connection in
        try S.sender("s\(sender)", status: sender % 5 == 0 ? "offline" : "online", waba: "w\(sender % 7)", connection)
        for contact in 0..<2_000 {
          try S.conversation("s\(sender)", with: "c\(sender)-\(contact)", window: .max, connection)
          for number in 0..<5 {
            try S.queue(
              in: "s\(sender)/c\(sender)-\(contact)", priority: [.answer, .normal, .broadcast][contact % 3],
              at: Int64(number), connection)
          }
        }
      }
    }
    try await store.database.write { connection in
      for sender in 1..<10 {
        let pause = try #require(SendPolicy.pause(forMeta: 131_048, SendErrors.error(forMeta: 131_048), at: 10))
        try OutboundGates.close(pause, sender: "s\(sender)", account: nil, conversation: "", at: 10, connection)
      }
    }
    var looks: [Int64] = []
    var takes: [Int64] = []
    for _ in 0..<500 {
      let (look, take) = try await store.database.write { connection in
        let begun = MonotonicClock.now
        _ = try OutboundEnds.next(lifetime: S.day, connection)
        let due = try DueSender.due(at: 1_000, connection)
        let looked = MonotonicClock.now
        let senders = due.prefix(8).map { sender in
          var sender = sender
          sender.allowance = 8
          return sender
        }
        _ = try OutboundTake.run(senders, lifetime: S.day, at: 1_000, connection)
        return (looked - begun, MonotonicClock.now - looked)
      }
      looks.append(look)
      takes.append(take)
    }
    let (look, take) = (looks.sorted()[494], takes.sorted()[494])
    print("due query p99 \(Double(look) / 1e6) ms, take of 64 p99 \(Double(take) / 1e6) ms")
    #expect(look < 5_000_000)
    store.close()
  }
}
