import Contracts
import HTTP
import MessagingRouterHarness
import Store
import Synchronization
import TestSupport
import Testing

@testable import MessagingRouter

/// Whatever Meta does, every message ends.
@Suite struct FaultTests {
  /// What Meta answers to a request, drawn by lot.
  private static let faults: [@Sendable (HTTPRequest) -> HTTPResponse] = [
    { MetaAnswers.accepted($0) }, { MetaAnswers.accepted($0) }, { MetaAnswers.accepted($0) },
    { _ in MetaAnswers.error(131_016, status: 500) }, { _ in MetaAnswers.error(130_429) },
    { _ in MetaAnswers.error(131_056) }, { _ in MetaAnswers.error(131_057, status: 500) },
    { _ in MetaAnswers.error(131_026) }, { _ in MetaAnswers.error(4) }, { _ in MetaAnswers.error(131_042) },
    { _ in MetaAnswers.error(1) }, { _ in .text("busy", status: 429) }, { _ in .text("oops", status: 502) },
    { _ in .text("not JSON") }, { _ in MetaAnswers.error(2, status: 503, retryAfter: 30) },
  ]

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `with random faults every message ends, and none is sent again after an answer`(seed: UInt64) async throws {
    let senders = [TestSender(1), TestSender(2)]
    try await MessagingRouterHarness.run(["MESSAGE_TTL": "3h"], senders: senders) { harness, router in
      let generator = Mutex(SeededGenerator(seed: seed))
      let answered = Mutex<[String: [String]]>([:])
      harness.graph.answering { request in
        let fault = generator.withLock { Int.random(in: 0..<Self.faults.count, using: &$0) }
        let answer = Self.faults[fault](request)
        let id = MetaAnswers.callbackData(request)
        answered.withLock { $0[id, default: []].append(answer.status == 200 ? "200" : "\(answer.status)") }
        return answer
      }
      for sender in senders {
        for customer in 0..<5 {
          try await router.open(sender, from: "491700000010\(customer)", id: "\(sender.id)\(customer)")
        }
        for number in 0..<30 {
          _ = try await router.send("m\(number)", from: sender, to: "+491700000010\(number % 5)")
        }
      }
      // Time goes on until the last one's is over: half an hour a step, more than any pause but the longest.
      for _ in 0..<600 {
        let open = try await router.text(
          "SELECT count(*) FROM messages WHERE direction = 'outbound' AND status IN ('queued', 'sending')")
        if open == ["0"] { break }
        harness.time.advance(by: .seconds(60))
        router.service.clockWasSet()
        for _ in 0..<20 { await Task.yield() }
      }
      try await eventually("every message has ended") {
        try await router.text(
          """
          SELECT count(*) FROM messages WHERE direction = 'outbound'
            AND status NOT IN ('accepted', 'failed', 'expired', 'unknown')
          """) == ["0"]
      }
      // Once Meta may have taken it, nobody sends it again.
      for (id, answers) in answered.withLock({ $0 }) {
        let decisive = answers.firstIndex { $0 == "200" || $0 == "502" }
        #expect(decisive.map { $0 == answers.count - 1 } ?? true, "\(id): \(answers)")
      }
      #expect(
        try await router.text(
          "SELECT count(*) FROM messages WHERE status IN ('failed', 'expired') AND error_code IS NULL") == ["0"])
      #expect(try await router.count("outbound_lanes") == 0)
    }
  }
}
