import Contracts
import HTTP
import ReceiptsHarness
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Receipts

/// What deliveries live through: no DNS, no room on the disk, a clock that jumps.
@Suite(.timeLimit(.minutes(2))) struct OutageTests {
  private let account = ReceiptsFixture.account
  private let sender = ReceiptsFixture.sender

  private final class Switch: Sendable {
    private let state = Mutex(false)
    var isOn: Bool { state.withLock { $0 } }
    func turnOn() { state.withLock { $0 = true } }
  }

  @Test(.enabled(if: TestCertificate.isReady, "needs `unshare` and the right to mount"))
  func `ten minutes without DNS: no error is permanent, and deliveries go on`() async throws {
    let certificate = try TestCertificate()
    let server = try TLSReceiver(certificate)
    defer { server.stop() }
    let dns = Switch()
    try await PosterFixture.run(trusting: certificate, names: { _, _ in dns.isOn ? ["127.0.0.1"] : [] }) { posting in
      try await ReceiptsFixture.run(posters: posting.pool) { fixture in
        try await fixture.addWebhook("https://hook.test:\(server.port)/")
        fixture.worker.start()
        try await fixture.record(.sample(1))
        // 0 s, 5 s, 5 min 5 s: the attempts within ten minutes.
        for (attempts, pause) in [(1, 5), (2, 300), (3, 295)] {
          let delivery = try await fixture.delivery("attempt \(attempts) is kept") { $0.attempts.count == attempts }
          #expect(delivery.state == .waiting && delivery.attempts.last?.errorClass == "resolve_failed")
          fixture.advance(by: .seconds(pause))
        }
        // An event of those minutes fails as well; one after them does not.
        try await fixture.record(.sample(2))
        _ = try await fixture.delivery("it was tried") {
          $0.eventID == StatusEvent.sample(2).id && !$0.attempts.isEmpty
        }
        dns.turnOn()
        try await fixture.record(.sample(3))
        _ = try await fixture.delivery("news are delivered") {
          $0.eventID == StatusEvent.sample(3).id && $0.state == .delivered
        }
        fixture.advance(by: .seconds(1_800))
        try await eventually("all are delivered") {
          try await fixture.deliveries().allSatisfy { $0.state == .delivered }
        }
        #expect(Set(server.arrivals).count == 3 && server.arrivals.count == 3)
      }
    }
  }

  @Test(.enabled(if: SmallDisk.isPossible, "mounting a small disk needs root"))
  func `disk full: events are refused to be sent again, nothing acknowledged is lost, and deliveries go on`()
    async throws
  {
    let receiver = try await WebhookReceiver()
    let harness = try await ReceiptsHarness(webhookPorts: [receiver.port])
    let folder = harness.files.dataDirectory(.receipts)
    let disk = try SmallDisk(at: folder, kibibytes: 8_192)
    harness.addSender(sender, account: account)
    try await harness.start()
    _ = try await harness.setWebhook(receiver.url, sender: sender, account: account)
    _ = try await harness.record([.sample(1)])
    _ = try await receiver.requests.next()

    let ballast = Ballast(folder + "/ballast")
    try ballast.fill()
    var acknowledged = 1
    var refusal: CallFailure?
    // The log of the store has some room left in its pages: as many events as it takes to use it up.
    while refusal == nil, acknowledged < 5_000 {
      do {
        let events = (1...20).map { StatusEvent.sample(acknowledged + $0) }
        #expect(try await harness.record(events).allSatisfy { $0 == .stored })
        acknowledged += 20
      } catch let failure as CallFailure {
        refusal = failure
      }
    }
    // The router keeps what is refused so, and sends it again.
    let refused = try #require(refusal)
    #expect(refused.code == .unavailable && refused.reason == "STORE_FULL" && refused.retry == .same, "\(refused)")
    try await eventually("the health check names the store") { try harness.get("/healthz").contains("503") }
    #expect((try? harness.processID()) != nil)

    try ballast.remove()
    let again = (1...20).map { StatusEvent.sample(acknowledged + $0) }
    try await eventually(within: .seconds(30), "events are taken again") {
      (try? await harness.record(again).allSatisfy { $0 == .stored || $0 == .known }) == true
    }
    let expected = Set((1...acknowledged + 20).map { StatusEvent.sample($0).id.text })
    var seen: Set<String> = [StatusEvent.sample(1).id.text]
    while seen != expected {
      seen.insert(try await receiver.requests.next(within: .seconds(30)).headers["webhook-id"] ?? "")
    }
    try await eventually(within: .seconds(30), "nothing waits") {
      try harness.get("/metrics").contains("wss_receipts_deliveries_total{state=\"delivered\"} \(expected.count)")
    }
    await harness.close()
    await receiver.stop()
    withExtendedLifetime(disk) {}
  }

  @Test(arguments: [Duration.seconds(3_600), .seconds(-3_600)])
  func `a clock that jumps an hour loses nothing and leaves nothing stuck`(jump: Duration) async throws {
    let isDown = Latch()
    let receiver = try await WebhookReceiver { _, _ in .text("", status: isDown.isOpen ? 200 : 500) }
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(receiver.url)
      fixture.worker.start()
      try await fixture.record(.sample(1))
      _ = try await fixture.delivery("the first attempt is kept") { $0.attempts.count == 1 }
      isDown.open()
      fixture.advance(by: jump)
      // What comes after the jump is delivered at once, whatever waits.
      try await fixture.record(.sample(2))
      _ = try await fixture.delivery("news are delivered") {
        $0.eventID == StatusEvent.sample(2).id && $0.state == .delivered
      }
      // What waited falls due when its time has come by the clock as it is now: an hour later at the most.
      if jump < .zero { fixture.advance(by: .seconds(3_605)) }
      let waited = try await fixture.delivery("the retry is delivered") {
        $0.eventID == StatusEvent.sample(1).id && $0.state == .delivered
      }
      #expect(waited.attempts.map(\.httpStatus) == [500, 200])
      fixture.advance(by: .zero - jump)
      try await fixture.record(.sample(3))
      _ = try await fixture.delivery("and after the jump back") {
        $0.eventID == StatusEvent.sample(3).id && $0.state == .delivered
      }
      // Once each: two attempts of the first, one of each other.
      #expect(receiver.count == 4)
    }
    await receiver.stop()
  }
}
