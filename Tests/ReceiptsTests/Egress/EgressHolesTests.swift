import Contracts
import HTTP
import JSON
import Outbound
import ReceiptsHarness
import TestSupport
import Testing
import Wire

@testable import Receipts

/// The known holes of webhook senders, one after the other, each tried on what runs in production: the guard, posting
/// processes, or the whole program.
///
/// What ends before TLS needs no certificate that is trusted, and runs everywhere.
@Suite(.timeLimit(.minutes(2))) struct EgressHolesTests {
  private let account = ReceiptsFixture.account
  private let sender = ReceiptsFixture.sender
  private let second = ReceiptsFixture.secondSender
  private let certificate: TestCertificate

  init() throws { certificate = try TestCertificate() }

  private func isDenied(_ outcome: PosterOutcome, _ why: EgressDenial = .privateAddress) -> Bool {
    outcome.failure?.kind == .egressDenied(why) && outcome.failure?.neverLeft == true
      && outcome.failure?.dialledAddress == nil
  }

  @Test(.enabled(if: TestCertificate.isReady, "needs `unshare` and the right to mount"))
  func `check by name, then fetch by name: DNS can answer differently the second time`() async throws {
    let server = try TLSReceiver(certificate)
    defer { server.stop() }
    try await PosterFixture.run(
      trusting: certificate,
      names: { host, count in
        // One turns inside after its first look-up, the other after having been inside.
        (host == "hook.test") == (count == 0) ? ["127.0.0.1"] : ["10.0.0.1"]
      }
    ) { fixture in
      #expect(await fixture.post("https://hook.test:\(server.port)/").status == 200)
      // Looked up once for the check and for the connection; the next attempt looks again.
      #expect(fixture.lookups(of: "hook.test") == 1)
      let fresh = try TLSReceiver(certificate)
      defer { fresh.stop() }
      #expect(isDenied(await fixture.post("https://hook.test:\(fresh.port)/")))
      #expect(fixture.lookups(of: "hook.test") == 2 && fresh.arrivals.isEmpty)
      #expect(isDenied(await fixture.post("https://back.test:\(server.port)/")))
      #expect(server.arrivals.count == 1)
    }
  }

  @Test func `resolver failure treated as "allowed"`() async throws {
    let server = try TLSReceiver(certificate)
    defer { server.stop() }
    try await PosterFixture.run { fixture in
      let failure = try #require(await fixture.post("https://hook.test:\(server.port)/").failure)
      #expect(failure.kind == .resolveFailed && failure.neverLeft && failure.dialledAddress == nil)
      #expect(server.arrivals.isEmpty)
    }
  }

  @Test(.enabled(if: TestCertificate.isReady, "needs `unshare` and the right to mount"))
  func `a proxy from the environment quietly bypasses the pin`() async throws {
    let server = try TLSReceiver(certificate)
    let proxy = try await WebhookReceiver()
    defer { server.stop() }
    let around = "http://127.0.0.1:\(proxy.port)"
    let inherited = [
      "NO_PROXY": "*", "no_proxy": "127.0.0.1", "https_proxy": around, "HTTPS_PROXY": around, "ALL_PROXY": around,
    ]
    try await ReceiptsHarness.run(inherited, webhookPorts: [server.port], trusting: certificate) { harness in
      harness.addSender(sender, account: account)
      try await harness.start()
      _ = try await harness.setWebhook(server.url("/"), sender: sender, account: account)
      _ = try await harness.record([.sample(1)])
      let delivery = try await harness.delivery("it is delivered", sender, account) { $0.state == .delivered }
      // Only the guard knows whom it dialled.
      #expect(delivery.attempts.map(\.dialledAddress) == ["127.0.0.1"])
      #expect(proxy.count == 0)
    }
    await proxy.stop()
  }

  @Test(
    .enabled(if: TestCertificate.isReady, "needs `unshare` and the right to mount"),
    arguments: [301, 302, 303, 307, 308])
  func `redirect to an inner address`(status: Int) async throws {
    let inner = try await WebhookReceiver()
    let location = "HTTP/1.1 \(status) Go\r\nLocation: \(inner.url)\r\nContent-Length: 0\r\n\r\n"
    let server = try TLSReceiver(certificate, answers: ["/go": location])
    defer { server.stop() }
    // Even where plain http to this machine is open to others.
    try await PosterFixture.run(trusting: certificate) { fixture in
      #expect(await fixture.post(server.url("/go")).status == status)
      #expect(server.arrivals.count == 1 && inner.count == 0)
    }
    await inner.stop()
  }

  /// Decimal, octal, hex, `0`, short forms, mapped, NAT64, 6to4, Teredo, a trailing dot, names of this machine.
  @Test(arguments: [
    "2130706433", "017700000001", "0x7f000001", "0x7f.1", "127.1", "127.0.1", "0177.0.0.1", "0", "127.0.0.1.",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[0:0:0:0:0:0:0:1]",
    "localhost", "localhost.", "LOCALHOST", "x.localhost",
  ])
  func `other spellings of addresses`(host: String) async throws {
    let rules = EgressRules(ports: [443])
    try await ReceiptsFixture.run(rules: rules) { fixture in
      var refusal: CallFailure?
      do { _ = try await fixture.addWebhook("https://\(host)/") } catch { refusal = error as? CallFailure }
      #expect(refusal?.reason == "URL_REFUSED")
    }
    // One that was saved under other rules meets the same check at every attempt.
    try await PosterFixture.run(rules: rules, names: { _, _ in ["127.0.0.1"] }) { fixture in
      guard case .egressDenied = await fixture.post("https://\(host)/").failure?.kind else {
        Issue.record("\(host) is called")
        return
      }
      #expect(await fixture.pool.processes() == [])
    }
  }

  @Test func `names that resolve to several addresses: all are checked`() async throws {
    let server = try TLSReceiver(certificate)
    defer { server.stop() }
    try await PosterFixture.run(
      names: { host, _ in
        host == "first.test" ? ["10.0.0.1", "127.0.0.1"] : ["127.0.0.1", "::1"]
      }
    ) { fixture in
      #expect(isDenied(await fixture.post("https://first.test:\(server.port)/")))
      #expect(isDenied(await fixture.post("https://last.test:\(server.port)/")))
      #expect(server.arrivals.isEmpty)
    }
  }

  /// Not even where the operator has opened a range around them.
  @Test(arguments: ["169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"])
  func `metadata addresses, by themselves and behind a name`(address: String) async throws {
    let open = ["169.254.0.0/16", "fd00::/8", "::ffff:0:0/96", "64:ff9b::/96"].compactMap { CIDR($0) }
    #expect(open.count == 4)
    let rules = EgressRules(ports: [443], allowedRanges: open)
    try await PosterFixture.run(rules: rules, names: { _, _ in [address] }) { fixture in
      let literal = address.contains(":") ? "[\(address)]" : address
      #expect(isDenied(await fixture.post("https://\(literal)/latest/meta-data/")))
      #expect(isDenied(await fixture.post("https://metadata.test/latest/meta-data/")))
    }
  }

  @Test(arguments: ["[fe80::1%25eth0]", "[fe80::1%eth0]", "[fe80::1%251]"])
  func `link-local with zone ids`(host: String) async throws {
    let rules = EgressRules(ports: [443], allowedRanges: [CIDR("fe80::/10")].compactMap { $0 })
    try await PosterFixture.run(rules: rules) { fixture in
      #expect(isDenied(await fixture.post("https://\(host)/"), .spelling))
    }
  }

  @Test(.enabled(if: TestCertificate.isReady, "needs `unshare` and the right to mount"))
  func `response as an oracle: it is cut and escaped`() async throws {
    let hostile = "</script>\u{0}\u{1b}[31m\"\\\r\n" + String(repeating: "secret ", count: 10_000)
    let head = "HTTP/1.1 500 No\r\nContent-Length: \(hostile.utf8.count)\r\nX-Inner: a secret\r\n\r\n"
    let server = try TLSReceiver(certificate, answers: ["/": head + hostile])
    defer { server.stop() }
    try await ReceiptsHarness.run(webhookPorts: [server.port], trusting: certificate) { harness in
      harness.addSender(sender, account: account)
      try await harness.start()
      _ = try await harness.setWebhook(server.url("/"), sender: sender, account: account)
      _ = try await harness.record([.sample(1)])
      let delivery = try await harness.delivery("it is given up", sender, account) { $0.state == .exhausted }
      for attempt in delivery.attempts {
        #expect(attempt.response == String(decoding: hostile.utf8.prefix(2_048), as: UTF8.self))
        // Nothing that a terminal or a page would act on leaves the API, and no header of the answer does.
        let shown = try JSONCoder.encode(attempt)
        #expect(shown.allSatisfy { $0 >= 0x20 && $0 < 0x80 } && shown.count < 3_000)
        #expect(!String(decoding: shown, as: UTF8.self).contains("a secret"))
      }
    }
  }

  @Test func `port scanning: the same error class for refused and blocked`() async throws {
    let closed = try await WebhookReceiver()
    let blocked = try await WebhookReceiver()
    let urls = [closed.url, blocked.url.replacing("127.0.0.1", with: "127.0.0.2")]
    await closed.stop()
    let ports = [closed.port, blocked.port]
    try await ReceiptsHarness.run(webhookPorts: ports) { harness in
      for (sender, url) in zip([sender, second], urls) {
        harness.addSender(sender, account: account)
        if sender == self.sender { try await harness.start() }
        _ = try await harness.setWebhook(url, sender: sender, account: account)
      }
      #expect(try await harness.terminate() == 0)
      try await harness.start(["EGRESS_ALLOWED_RANGES": "127.0.0.1/32"])
      for (number, sender) in [sender, second].enumerated() {
        _ = try await harness.record([.sample(number + 1, sender: sender)])
      }
      var shown: [[String?]] = []
      for sender in [sender, second] {
        let delivery = try await harness.delivery("it is given up", sender, account) { $0.state == .exhausted }
        for attempt in delivery.attempts {
          shown.append([
            attempt.errorClass, attempt.dialledAddress, attempt.response, attempt.httpStatus.map(String.init),
          ])
          #expect(attempt.durationMilliseconds < 1_000)
        }
      }
      #expect(Set(shown) == [["connect_failed", nil, nil, nil]] && shown.count == 6)
      // The operator sees what it was.
      #expect(harness.log.contains("\"event\":\"delivery.denied\"") && harness.log.contains("private-address"))
      #expect(try harness.get("/metrics").contains("wss_receipts_attempts_total{outcome=\"egress_denied\"} 3"))
    }
    #expect(blocked.count == 0)
    await blocked.stop()
  }

  @Test func `own callback loop: URLs that point to the platform itself are refused`() async throws {
    let settings = ["EGRESS_DENIED_HOSTS": "senders.example,203.0.113.7"]
    try await ReceiptsHarness.run(settings) { harness in
      harness.addSender(sender, account: account)
      try await harness.start()
      _ = try await harness.setWebhook("https://hooks.example/", sender: sender, account: account)
      for url in [
        "https://senders.example/webhooks", "https://SENDERS.example./", "https://api.senders.example/",
        "https://203.0.113.7/",
      ] {
        var refusal: CallFailure?
        do {
          _ = try await harness.setWebhook(url, sender: sender, account: account)
        } catch { refusal = error as? CallFailure }
        #expect(refusal?.reason == "URL_REFUSED" && refusal?.field == "url", "\(url)")
        #expect(refusal?.message.contains("platform") == true, "\(url)")
      }
    }
    // A name of somebody else's that leads here is found out when it is dialled.
    let rules = EgressRules(ports: [443], denyHosts: ["senders.example"])
    try await PosterFixture.run(
      rules: rules, names: { host, _ in host == "plain.test" ? ["93.184.216.35", "93.184.216.34"] : ["93.184.216.34"] }
    ) { fixture in
      for name in ["alias.test", "plain.test"] {
        #expect(isDenied(await fixture.post("https://\(name)/"), .ownHost), "\(name)")
      }
    }
  }

  @Test(arguments: [
    ("X-A", "a\r\nX-Evil: 1"), ("X-A", "a\nX-Evil: 1"), ("X-A", "a\rb"), ("X-A", "a\u{0}b"), ("X-A\r\nX-Evil", "1"),
    ("X-A:", "1"), ("", "1"), ("X A", "1"), ("Host", "evil.test"), ("Content-Length", "0"),
    ("Transfer-Encoding", "chunked"), ("Connection", "close"), ("Keep-Alive", "1"), ("TE", "trailers"),
    ("Trailer", "X"), ("Upgrade", "h2c"), ("Expect", "100-continue"), ("Proxy-Authorization", "x"),
    ("Proxy-Connection", "x"), ("Cookie", "a=b"), ("webhook-id", "another"), ("WEBHOOK-ID", "another"),
  ])
  func `header injection through custom headers`(name: String, value: String) async throws {
    let server = try TLSReceiver(certificate)
    defer { server.stop() }
    try await PosterFixture.run { fixture in
      var request = OutboundRequest(method: "POST", url: server.url("/"), body: [1], mayRepeat: true)
      request.headers = [("webhook-id", "evt_1"), (name, value)]
      let failure = await fixture.pool.send(request).failure
      #expect(failure?.kind == .badRequest && failure?.neverLeft == true)
      #expect(server.arrivals.isEmpty)
    }
  }
}
