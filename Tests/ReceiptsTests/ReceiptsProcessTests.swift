import HTTP
import Contracts
import Crypto
import ReceiptsHarness
import TestSupport
import Testing
import Wire

/// The real program, egress guard included.
@Suite(.timeLimit(.minutes(2))) struct ReceiptsProcessTests {
  private let sender = ReceiptsFixture.sender
  private let account = ReceiptsFixture.account

  private func delivery(_ what: String, _ harness: ReceiptsHarness, _ condition: (Delivery) -> Bool) async throws
    -> Delivery
  {
    var found: Delivery?
    try await eventually(what) {
      found = try await harness.call(ReceiptsAPI.ListDeliveries(senderID: sender), account: account).data
        .first(where: condition)
      return found != nil
    }
    return try #require(found)
  }

  @Test func `a receipt goes through the guard, whatever NO_PROXY says`() async throws {
    let receiver = try await WebhookReceiver()
    let inherited = ["NO_PROXY": "*", "no_proxy": "*", "http_proxy": "http://127.0.0.1:1"]
    try await ReceiptsHarness.run(inherited, webhookPorts: [receiver.port]) { harness in
      harness.addSender(sender, account: account)
      try await harness.start()
      let webhook = try await harness.setWebhook(receiver.url, sender: sender, account: account)
      #expect(try await harness.record([.sample(1)]) == [.stored])
      let request = try await receiver.requests.next()
      let secret = try #require(webhook.secret)
      let expected = Hex.encode(HMACSHA256.authenticate(request.body, key: Array(secret.utf8)))
      #expect(request.headers["x-signature-256"] == "sha256=" + expected)
      #expect(String(decoding: request.body, as: UTF8.self).contains("Café Müller"))
      let delivery = try await delivery("it is delivered", harness) { $0.state == .delivered }
      #expect(delivery.attempts.first?.dialledAddress == "127.0.0.1")
      #expect(try harness.get("/metrics").contains("wss_receipts_deliveries_total{state=\"delivered\"} 1"))
      #expect(try harness.get("/readyz").contains("200 OK"))
      #expect(!harness.log.contains(secret) && !harness.log.contains("Müller"))
    }
    await receiver.stop()
  }

  @Test func `a URL that was allowed when it was saved is checked again at every attempt`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsHarness.run(webhookPorts: [receiver.port]) { harness in
      harness.addSender(sender, account: account)
      try await harness.start()
      _ = try await harness.setWebhook(receiver.url, sender: sender, account: account)
      #expect(try await harness.terminate() == 0)
      try await harness.start(["EGRESS_ALLOWED_RANGES": ""])
      _ = try await harness.record([.sample(1)])
      let delivery = try await delivery("it is given up", harness) { $0.state == .exhausted }
      #expect(delivery.attempts.map(\.errorClass) == ["connect_failed", "connect_failed", "connect_failed"])
      #expect(receiver.count == 0)
    }
    await receiver.stop()
  }

  @Test func `while one endpoint hangs with more waiting, another's retry comes by itself`() async throws {
    let gate = Latch()
    let hanging = try await WebhookReceiver { _, _ in
      try? await gate.wait(within: .seconds(60))
      return .text("late")
    }
    let quick = try await WebhookReceiver { _, number in .text("", status: number == 1 ? 500 : 200) }
    let second = ReceiptsFixture.secondSender
    let settings = ["DELIVERY_CONCURRENCY_PER_WEBHOOK": "1", "RETRY_SCHEDULE": "0s,300ms"]
    try await ReceiptsHarness.run(settings, webhookPorts: [hanging.port, quick.port]) { harness in
      harness.addSender(sender, account: account)
      harness.addSender(second, account: account)
      try await harness.start()
      _ = try await harness.setWebhook(hanging.url, sender: sender, account: account)
      _ = try await harness.setWebhook(quick.url, sender: second, account: account)
      _ = try await harness.record([.sample(1), .sample(2), .sample(3, sender: second)])
      _ = try await hanging.requests.next()
      _ = try await quick.requests.next()
      // Nothing else wakes the worker: the hanging one is cut after 10 s at the earliest.
      _ = try await quick.requests.next(within: .seconds(8))
      #expect(hanging.count == 1)
      gate.open()
    }
    await hanging.stop()
    await quick.stop()
  }

  @Test func `killed in the middle of an attempt it makes it again, under the same id`() async throws {
    let gate = Latch()
    let receiver = try await WebhookReceiver { _, number in
      if number == 1 { try? await gate.wait(within: .seconds(60)) }
      return .text("ok")
    }
    try await ReceiptsHarness.run(webhookPorts: [receiver.port]) { harness in
      harness.addSender(sender, account: account)
      try await harness.start()
      _ = try await harness.setWebhook(receiver.url, sender: sender, account: account)
      _ = try await harness.record([.sample(1)])
      let first = try await receiver.requests.next()
      try await harness.kill()
      gate.open()
      try await harness.start()
      let second = try await receiver.requests.next()
      #expect(first.headers["webhook-id"] == second.headers["webhook-id"] && first.body == second.body)
      let delivery = try await delivery("it is delivered", harness) { $0.state == .delivered }
      #expect(delivery.attempts.map(\.errorClass) == ["interrupted", nil])
    }
    await receiver.stop()
  }

  @Test func `killed again and again it loses no acknowledged event`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsHarness.run(webhookPorts: [receiver.port]) { harness in
      harness.addSender(sender, account: account)
      try await harness.start()
      _ = try await harness.setWebhook(receiver.url, sender: sender, account: account)
      for round in 0..<3 {
        let events = (1...40).map { StatusEvent.sample(round * 40 + $0) }
        #expect(try await harness.record(events) == Array(repeating: .stored, count: 40))
        try await harness.kill()
        try await harness.start()
      }
      var ids: Set<String> = []
      while ids.count < 120 {
        ids.insert(try await receiver.requests.next(within: .seconds(20)).headers["webhook-id"] ?? "")
      }
      #expect(ids == Set((1...120).map { StatusEvent.sample($0).id.text }))
    }
    await receiver.stop()
  }

  @Test func `SIGTERM lets the attempt under way finish`() async throws {
    let gate = Latch()
    let receiver = try await WebhookReceiver { _, _ in
      try? await gate.wait(within: .seconds(60))
      return .text("ok")
    }
    try await ReceiptsHarness.run(webhookPorts: [receiver.port]) { harness in
      harness.addSender(sender, account: account)
      try await harness.start()
      _ = try await harness.setWebhook(receiver.url, sender: sender, account: account)
      _ = try await harness.record([.sample(1)])
      _ = try await receiver.requests.next()
      async let code = harness.terminate()
      try await eventually("it is stopping") { harness.log.contains("service.stopping") }
      gate.open()
      #expect(try await code == 0)
      try await harness.start()
      let delivery = try await delivery("it was kept", harness) { $0.state == .delivered }
      #expect(delivery.attempts.map(\.httpStatus) == [200])
      #expect(receiver.count == 1)
    }
    await receiver.stop()
  }
}
