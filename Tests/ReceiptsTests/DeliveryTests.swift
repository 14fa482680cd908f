import Telemetry
import Store
import Contracts
import Crypto
import HTTP
import JSON
import ReceiptsHarness
import TestSupport
import Testing
import Wire

@testable import Receipts

@Suite struct DeliveryTests {
  @Test func `an event becomes a signed POST and an attempt is kept`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      fixture.worker.start()
      #expect(try await fixture.record(.sample(1)) == [.stored])

      let request = try await receiver.requests.next()
      #expect(request.method == "POST" && request.path == "/receipts")
      #expect(request.headers["content-type"] == "application/json")
      #expect(request.headers["webhook-id"] == "evt_00000000000000000000000001")
      #expect(request.headers["webhook-timestamp"] == "1767225600")
      let secret = try #require(webhook.secret)
      let body = HMACSHA256.authenticate(request.body, key: Array(secret.utf8))
      #expect(request.headers["x-signature-256"] == "sha256=" + Hex.encode(body))
      let key = try #require(Base64.decode(String(secret.dropFirst(6))))
      let signed = Array("evt_00000000000000000000000001.1767225600.".utf8) + request.body
      #expect(
        request.headers["webhook-signature"] == "v1," + Base64.encode(HMACSHA256.authenticate(signed, key: key)))

      let delivery = try await fixture.delivery("the delivery is done") { $0.state == .delivered }
      #expect(delivery.status == .delivered && delivery.nextAttemptAt == nil)
      let attempt = try #require(delivery.attempts.first)
      #expect(delivery.attempts.count == 1)
      #expect(attempt.httpStatus == 200 && attempt.response == "thanks" && attempt.errorClass == nil)
    }
    await receiver.stop()
  }

  @Test func `after a 500 the same event comes again with a fresh time and signature`() async throws {
    let receiver = try await WebhookReceiver { _, number in .text("no. \(number)", status: number == 1 ? 500 : 200) }
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(receiver.url)
      fixture.worker.start()
      try await fixture.record(.sample(1))
      let first = try await receiver.requests.next()
      let failed = try await fixture.delivery("the first attempt is kept") { $0.attempts.count == 1 }
      #expect(failed.state == .waiting)
      #expect(failed.nextAttemptAt == Timestamp(milliseconds: fixture.clock.now + 5_000))
      #expect(failed.attempts.first?.httpStatus == 500 && failed.attempts.first?.response == "no. 1")

      fixture.advance(by: .seconds(5))
      let second = try await receiver.requests.next()
      let done = try await fixture.delivery("the second attempt is kept") { $0.state == .delivered }
      #expect(done.id == failed.id && done.attempts.map(\.httpStatus) == [500, 200])
      #expect(first.body == second.body)
      for name in ["webhook-id", "x-signature-256"] { #expect(first.headers[name] == second.headers[name]) }
      #expect(first.headers["webhook-timestamp"] == "1767225600" && second.headers["webhook-timestamp"] == "1767225605")
      #expect(first.headers["webhook-signature"] != second.headers["webhook-signature"])
      #expect(
        Set(first.headers.map { $0.name.lowercased() }) == Set(second.headers.map { $0.name.lowercased() }))
    }
    await receiver.stop()
  }

  @Test func `a delivery that always fails ends with its schedule`() async throws {
    let receiver = try await WebhookReceiver { _, _ in .text("", status: 503) }
    let schedule = RetrySchedule(pauses: [.zero, .seconds(1), .seconds(2)])
    try await ReceiptsFixture.run(schedule: schedule) { fixture in
      try await fixture.addWebhook(receiver.url)
      fixture.worker.start()
      try await fixture.record(.sample(1))
      for number in 1...3 {
        _ = try await fixture.delivery("attempt \(number) is kept") { $0.attempts.count == number }
        fixture.advance(by: .seconds(2))
      }
      let delivery = try await fixture.delivery("it has ended") { $0.state == .exhausted }
      #expect(delivery.attempts.count == 3 && delivery.nextAttemptAt == nil)
      #expect(receiver.count == 3)
      #expect(fixture.metrics.render().contains("wss_receipts_deliveries_total{state=\"exhausted\"} 1"))
    }
    await receiver.stop()
  }

  @Test(arguments: [301, 302, 307, 308])
  func `a redirect is a failure and is not followed`(status: Int) async throws {
    let target = try await WebhookReceiver()
    let location = target.url
    let receiver = try await WebhookReceiver { _, _ in
      HTTPResponse(status: status, headers: ["Location": location])
    }
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(receiver.url)
      fixture.worker.start()
      try await fixture.record(.sample(1))
      let delivery = try await fixture.delivery("the attempt is kept") { $0.attempts.count == 1 }
      #expect(delivery.state == .waiting && delivery.attempts.first?.httpStatus == status)
      #expect(target.count == 0)
    }
    await receiver.stop()
    await target.stop()
  }

  @Test(arguments: [200, 201, 204, 299])
  func `every 2xx is a success`(status: Int) async throws {
    let receiver = try await WebhookReceiver { _, _ in HTTPResponse(status: status) }
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(receiver.url)
      fixture.worker.start()
      try await fixture.record(.sample(1))
      let delivery = try await fixture.delivery("it is delivered") { $0.state == .delivered }
      #expect(delivery.attempts.map(\.httpStatus) == [status])
    }
    await receiver.stop()
  }

  @Test func `of a huge answer two KiB are kept`() async throws {
    let receiver = try await WebhookReceiver { _, _ in .text(String(repeating: "ä", count: 4 << 20)) }
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(receiver.url)
      fixture.worker.start()
      try await fixture.record(.sample(1))
      let delivery = try await fixture.delivery("it is delivered") { $0.state == .delivered }
      #expect(delivery.attempts.first?.response?.utf8.count == 2_048)
    }
    await receiver.stop()
  }

  @Test func `nobody there is a class of its own, not a lost delivery`() async throws {
    let receiver = try await WebhookReceiver()
    let url = receiver.url
    await receiver.stop()
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(url)
      fixture.worker.start()
      try await fixture.record(.sample(1))
      let delivery = try await fixture.delivery("the attempt is kept") { $0.attempts.count == 1 }
      #expect(delivery.state == .waiting && delivery.attempts.first?.httpStatus == nil)
      #expect(delivery.attempts.first?.errorClass == "connect_failed")
    }
  }

  @Test func `a hanging endpoint costs another neither its news nor its retries`() async throws {
    let gate = Latch()
    let hanging = try await WebhookReceiver { _, _ in
      try? await gate.wait(within: .seconds(30))
      return .text("late")
    }
    let quick = try await WebhookReceiver { _, number in .text("", status: number == 1 ? 500 : 200) }
    try await ReceiptsFixture.run(concurrency: 8, perWebhook: 2) { fixture in
      try await fixture.addWebhook(hanging.url)
      try await fixture.addWebhook(quick.url, sender: ReceiptsFixture.secondSender)
      fixture.worker.start()
      for number in 1...20 { try await fixture.record(.sample(number)) }
      _ = try await hanging.requests.next()

      try await fixture.record(.sample(21, sender: ReceiptsFixture.secondSender))
      _ = try await quick.requests.next()
      _ = try await fixture.delivery("the first attempt is kept", of: ReceiptsFixture.secondSender) {
        $0.attempts.count == 1
      }
      fixture.advance(by: .seconds(5))
      _ = try await quick.requests.next()
      _ = try await fixture.delivery("it is delivered", of: ReceiptsFixture.secondSender) { $0.state == .delivered }
      // All that time the hanging one, of which nothing is known, held one place and no more.
      #expect(hanging.count == 1)
      gate.open()
    }
    await hanging.stop()
    await quick.stop()
  }

  @Test func `new events go before retries`() async throws {
    let isDown = Latch()
    let receiver = try await WebhookReceiver { _, _ in .text("", status: isDown.isOpen ? 200 : 500) }
    let first = try ReceiptsFixture(concurrency: 1, perWebhook: 1)
    try await first.addWebhook(receiver.url)
    first.worker.start()
    try await first.record(.sample(1))
    _ = try await first.delivery("the first attempt is kept") { $0.attempts.count == 1 }
    _ = try await receiver.requests.next()
    await first.close()
    // Both are due, the retry for longer; one place only.
    first.clock.advance(by: .seconds(5))
    try await ReceiptsFixture.run(concurrency: 1, perWebhook: 1, after: first) { fixture in
      try await fixture.record(.sample(2))
      isDown.open()
      fixture.worker.start()
      #expect(try await receiver.requests.next().headers["webhook-id"]?.hasSuffix("2") == true)
      #expect(try await receiver.requests.next().headers["webhook-id"]?.hasSuffix("1") == true)
    }
    await receiver.stop()
  }

  @Test func `a changed URL takes what still waits`() async throws {
    let old = try await WebhookReceiver { _, _ in .text("", status: 500) }
    let new = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(old.url)
      fixture.worker.start()
      try await fixture.record(.sample(1))
      _ = try await fixture.delivery("the first attempt is kept") { $0.attempts.count == 1 }
      let call = ReceiptsAPI.SetWebhook(senderID: ReceiptsFixture.sender, url: new.url)
      _ = try await fixture.webhooks.set(call, ReceiptsFixture.front())
      fixture.advance(by: .seconds(5))
      #expect(try await new.requests.next().headers["webhook-id"] == "evt_00000000000000000000000001")
    }
    await old.stop()
    await new.stop()
  }

  @Test func `a secret that cannot be opened is a failed attempt, loudly`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(receiver.url)
      try await fixture.database.write { try $0.execute("UPDATE webhooks SET secret = 'swapped'") }
      fixture.worker.start()
      try await fixture.record(.sample(1))
      let delivery = try await fixture.delivery("the attempt is kept") { $0.attempts.count == 1 }
      #expect(delivery.attempts.first?.errorClass == "secret_unreadable" && receiver.count == 0)
      #expect(fixture.lines.ofEvent("delivery.secret_unreadable").count == 1)
    }
    await receiver.stop()
  }

  @Test func `five hundred events arrive once each`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run(concurrency: 16, perWebhook: 8) { fixture in
      try await fixture.addWebhook(receiver.url)
      fixture.worker.start()
      for start in [1, 251] {
        let events = (start..<start + 250).map { StatusEvent.sample($0) }
        _ = try await fixture.events.record(
          .init(events: events.map { HandedEvent(status: $0) }), CallContext(caller: .messagingRouter))
      }
      var ids: Set<String> = []
      for _ in 1...500 {
        ids.insert(try await receiver.requests.next(within: .seconds(30)).headers["webhook-id"] ?? "")
      }
      #expect(ids.count == 500)
      try await eventually("all are settled") {
        try await fixture.database.read {
          try $0.first("SELECT count(*) FROM deliveries WHERE state = 'delivered'") { try $0.int(0) } == 500
        }
      }
      #expect(receiver.count == 500)
    }
    await receiver.stop()
  }
}
