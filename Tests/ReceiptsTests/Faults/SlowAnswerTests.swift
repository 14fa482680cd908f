import Contracts
import FoundationEssentials
import Outbound
import ReceiptsHarness
import TestSupport
import Testing

@testable import Receipts

/// Endpoints that answer for ever, or with more than anybody wants to know.
@Suite(.timeLimit(.minutes(2)), .enabled(if: TestCertificate.isReady, "needs `unshare` and the right to mount"))
struct SlowAnswerTests {
  private let account = ReceiptsFixture.account
  private let sender = ReceiptsFixture.sender
  private let certificate: TestCertificate

  init() throws { certificate = try TestCertificate() }

  @Test func `a receiver that drips its head, a byte a second, is left at the head's limit`() async throws {
    let server = try TLSReceiver(certificate)
    defer { server.stop() }
    try await PosterFixture.run(trusting: certificate) { fixture in
      let started = ContinuousClock.now
      let outcome = await fixture.post(
        server.url("/drip-head"), limits: OutboundLimits(head: .milliseconds(1_500), whole: .seconds(30)))
      #expect(outcome.failure?.kind == .timeout && outcome.failure?.neverLeft == false)
      #expect((.milliseconds(1_500)...(.seconds(4))).contains(ContinuousClock.now - started))
    }
  }

  @Test func `a receiver that drips its body, a byte a second, is left at the whole limit`() async throws {
    let server = try TLSReceiver(certificate)
    defer { server.stop() }
    try await PosterFixture.run(trusting: certificate) { fixture in
      let started = ContinuousClock.now
      let outcome = await fixture.post(
        server.url("/drip-body"), limits: OutboundLimits(head: .seconds(1), whole: .milliseconds(2_500)))
      #expect(outcome.failure?.kind == .timeout && outcome.failure?.neverLeft == false)
      #expect((.milliseconds(2_500)...(.seconds(5))).contains(ContinuousClock.now - started))
    }
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["WSS_ALL_TESTS"] == "1", "takes the real limits' 15 s"))
  func `a receiver dripping 1 byte per second has its 10 and 15 seconds and no more`() async throws {
    let (head, body) = (try TLSReceiver(certificate), try TLSReceiver(certificate))
    defer {
      head.stop()
      body.stop()
    }
    let settings = ["RETRY_SCHEDULE": "0s,1h"]
    try await ReceiptsHarness.run(settings, webhookPorts: [head.port, body.port], trusting: certificate) { harness in
      let second = ReceiptsFixture.secondSender
      for sender in [sender, second] { harness.addSender(sender, account: account) }
      try await harness.start()
      _ = try await harness.setWebhook(head.url("/drip-head"), sender: sender, account: account)
      _ = try await harness.setWebhook(body.url("/drip-body"), sender: second, account: account)
      _ = try await harness.record([.sample(1), .sample(2, sender: second)])
      for (sender, limit) in [(sender, 10_000), (second, 15_000)] {
        let delivery = try await harness.delivery("it is kept", sender, account, within: .seconds(30)) {
          !$0.attempts.isEmpty
        }
        let attempt = try #require(delivery.attempts.first)
        #expect(attempt.errorClass == "timeout" && attempt.dialledAddress == "127.0.0.1")
        #expect((limit - 500...limit + 2_000).contains(attempt.durationMilliseconds))
      }
    }
  }

  @Test func `of a 1 GiB answer 16 KiB are read and 2 KiB kept, in bounded memory`() async throws {
    let server = try TLSReceiver(certificate)
    defer { server.stop() }
    try await ReceiptsHarness.run(webhookPorts: [server.port], trusting: certificate) { harness in
      harness.addSender(sender, account: account)
      try await harness.start()
      _ = try await harness.setWebhook(server.url("/huge"), sender: sender, account: account)
      _ = try await harness.record([.sample(1)])
      let delivery = try await harness.delivery("it is delivered", sender, account) { $0.state == .delivered }
      #expect(delivery.attempts.map { $0.response?.utf8.count } == [2_048])
      try await eventually("the endpoint has seen the end") { server.sentBytes > 0 }
      // What was under way between the two, in the kernel's buffers and the guard's.
      #expect(server.sentBytes < 32 << 20, "\(server.sentBytes)")
      for process in [try harness.processID(), try #require(harness.posterID)] {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        let kibibytes = try #require(Int(line.filter(\.isNumber)))
        #expect(kibibytes < 200 << 10, "\(line)")
      }
    }
  }

  @Test func `an endless redirect is one attempt with one request`() async throws {
    let server = try TLSReceiver(certificate)
    defer { server.stop() }
    try await ReceiptsHarness.run(webhookPorts: [server.port], trusting: certificate) { harness in
      harness.addSender(sender, account: account)
      try await harness.start()
      _ = try await harness.setWebhook(server.url("/redirect"), sender: sender, account: account)
      _ = try await harness.record([.sample(1)])
      let delivery = try await harness.delivery("it is given up", sender, account) { $0.state == .exhausted }
      #expect(delivery.attempts.map(\.httpStatus) == [307, 307, 307])
      #expect(server.arrivals.count == 3 && Set(server.arrivals).count == 1)
    }
  }

  @Test func `a wrong certificate is a failed attempt, and nothing has left`() async throws {
    let other = try TestCertificate(names: "DNS:other.test")
    // One is trusted by nobody; one is trusted, but not for this name.
    for (shown, trusted) in [(other, certificate), (other, other)] {
      let server = try TLSReceiver(shown)
      defer { server.stop() }
      try await ReceiptsHarness.run(webhookPorts: [server.port], trusting: trusted) { harness in
        harness.addSender(sender, account: account)
        try await harness.start()
        _ = try await harness.setWebhook(server.url("/"), sender: sender, account: account)
        _ = try await harness.record([.sample(1)])
        let delivery = try await harness.delivery("it is given up", sender, account) { $0.state == .exhausted }
        #expect(delivery.attempts.map(\.errorClass) == ["tls_failed", "tls_failed", "tls_failed"])
        #expect(delivery.attempts.map(\.dialledAddress) == ["127.0.0.1", "127.0.0.1", "127.0.0.1"])
        #expect(server.arrivals.isEmpty)
      }
    }
  }
}
