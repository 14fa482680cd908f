import Contracts
import Glibc
import JSON
import ReceiptsHarness
import TestSupport
import Testing

@testable import Receipts

/// The real program, and endpoints over TLS whose answers stop whoever reads them.
@Suite(.timeLimit(.minutes(2)), .enabled(if: TestCertificate.isReady, "needs `unshare` and the right to mount"))
struct HostileAnswerTests {
  private let account = ReceiptsFixture.account
  private let sender = ReceiptsFixture.sender
  private let second = ReceiptsFixture.secondSender
  private let certificate: TestCertificate

  init() throws { certificate = try TestCertificate() }

  @Test func `hostile answers stop neither the service nor the deliveries of others`() async throws {
    let bad = try TLSReceiver(certificate, answers: PosterPoolTests.stopping)
    let good = try TLSReceiver(certificate)
    defer {
      bad.stop()
      good.stop()
    }
    try await ReceiptsHarness.run(webhookPorts: [bad.port, good.port], trusting: certificate) { harness in
      harness.addSender(sender, account: account)
      harness.addSender(second, account: account)
      try await harness.start()
      let process = try harness.processID()
      _ = try await harness.setWebhook(bad.url("/trailer"), sender: sender, account: account)
      _ = try await harness.setWebhook(good.url("/"), sender: second, account: account)
      for number in 1...40 {
        // One hostile answer, thrice, is below what opens the breaker of its endpoint.
        let isBad = number == 1
        _ = try await harness.record([.sample(number, sender: isBad ? sender : second)])
      }
      try await eventually(within: .seconds(30), "the innocent are delivered, the hostile given up") {
        let theirs = try await harness.deliveries(second, account: account)
        let hostile = try await harness.deliveries(sender, account: account)
        return theirs.count == 39 && theirs.allSatisfy { $0.state == .delivered } && hostile.count == 1
          && hostile.allSatisfy { $0.state == .exhausted }
      }
      for delivery in try await harness.deliveries(second, account: account) {
        // At most one free repeat, which its log shows.
        #expect(delivery.attempts.filter { $0.errorClass == nil }.map(\.httpStatus) == [200])
        #expect(delivery.attempts.compactMap(\.errorClass).allSatisfy { $0 == "poster_stopped" })
        #expect(delivery.attempts.count <= 2)
      }
      for delivery in try await harness.deliveries(sender, account: account) {
        // What did not count beside what did: the schedule of three is used up by its own answers only.
        #expect(delivery.attempts.filter { $0.errorClass == "answer_unreadable" }.count == 3)
        #expect(delivery.attempts.allSatisfy { ["answer_unreadable", "poster_stopped"].contains($0.errorClass) })
      }
      #expect(try harness.processID() == process)
      let metrics = try harness.get("/metrics")
      #expect(metrics.contains("wss_receipts_poster_restarts_total{process=\"solo\"} 3"))
      #expect(metrics.contains("wss_receipts_poster_restarts_total{process=\"shared\"} 1"), "\(metrics)")
      #expect(harness.log.contains("poster.answer_unreadable"))
    }
  }

  @Test func `posting processes end with the service, however that ends`() async throws {
    let server = try TLSReceiver(certificate)
    defer { server.stop() }
    try await ReceiptsHarness.run(webhookPorts: [server.port], trusting: certificate) { harness in
      harness.addSender(sender, account: account)
      for (life, isKilled) in [true, false].enumerated() {
        try await harness.start()
        _ = try await harness.setWebhook(server.url("/hold"), sender: sender, account: account)
        _ = try await harness.record([.sample(life + 1)])
        try await eventually("an attempt is under way") { server.arrivals.count > life }
        let poster = try #require(harness.posterID)
        if isKilled {
          try await harness.kill()
        } else {
          // The endpoint that has never answered gets one at a time.
          try server.release()
          try await eventually("both have arrived") { Set(server.arrivals).count == 2 }
          #expect(try await harness.terminate() == 0)
        }
        try await eventually("the poster is gone") { Glibc.kill(poster, 0) != 0 }
      }
      // What was under way at the kill has been made again.
      #expect(Set(server.arrivals).count == 2 && server.arrivals.count >= 2)
    }
  }

  @Test func `without webhooks over TLS there is no posting process`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsHarness.run(webhookPorts: [receiver.port], trusting: certificate) { harness in
      harness.addSender(sender, account: account)
      try await harness.start()
      _ = try await harness.setWebhook(receiver.url, sender: sender, account: account)
      _ = try await harness.record([.sample(1)])
      _ = try await receiver.requests.next()
      #expect(harness.posterID == nil)
    }
    await receiver.stop()
  }
}
