import Contracts
import Crypto
import HTTP
import JSON
import Outbound
import ReceiptsHarness
import Store
import TestSupport
import Testing
import Wire

@testable import Receipts

/// A test request is a delivery in everything but its ids, and shows all of it.
@Suite struct TestRequestTests {
  private func test(
    _ fixture: ReceiptsFixture, _ url: String? = nil, account: AccountID = ReceiptsFixture.account
  ) async throws -> WebhookTest {
    try await fixture.tests.testSender(
      .init(senderID: ReceiptsFixture.sender, url: url), ReceiptsFixture.front(account))
  }

  private func header(_ name: String, of test: WebhookTest) -> String? {
    test.headers.first { $0.name == name }?.value
  }

  @Test func `the answer shows the very bytes that were sent, signed with the webhook's secret`() async throws {
    let receiver = try await WebhookReceiver { _, _ in .text("thank you", status: 202) }
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      _ = try await fixture.webhooks.update(
        .init(webhookID: webhook.id, headers: [WebhookHeader(name: "X-Shop", value: "eins")]), ReceiptsFixture.front())
      let test = try await test(fixture)
      let request = try await receiver.requests.next()
      #expect(Array(test.body.utf8) == request.body && test.url == receiver.url && test.eventType == .messageStatus)
      for name in ["Content-Type", "X-Signature-256", "webhook-id", "webhook-timestamp", "webhook-signature"] {
        #expect(header(name, of: test) == request.headers[name], "\(name)")
      }
      #expect(test.headers.contains(WebhookHeader(name: "X-Shop", value: nil)))
      #expect(request.headers["x-shop"] == "eins")
      let text = try #require(webhook.secret)
      let secret = try #require(SigningSecret(Secret(text)))
      let mac = Base64.encode(HMACSHA256.authenticate(Array(test.signedContent.utf8), key: secret.key.bytes))
      #expect(request.headers["webhook-signature"] == "v1,\(mac)")
      #expect(test.isSuccess && test.advice == nil && test.attempt.httpStatus == 202)
      #expect(test.attempt.response == "thank you" && test.attempt.errorClass == nil)
      #expect(test.webhook.secret == nil && test.webhook.id == webhook.id)
    }
    await receiver.stop()
  }

  @Test func `the sample is a receipt with test set, real names and ids of nothing`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(receiver.url)
      let root = try JSONDocument(parsing: try await test(fixture).body).root
      #expect(root["event"]?.string == "message_status" && root["test"]?.bool == true)
      #expect(root["whatsapp_message_id"]?.string == "msg_00000000000000000000000000")
      #expect(root["status"]?.string == "delivered" && root["sender"]?["display_name"]?.string == "Café Müller")
      #expect(root["from"]?.string == "+4930123456")
    }
    await receiver.stop()
  }

  @Test func `the first test makes the secret, and an address that is tried is not saved`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      try await fixture.addSender()
      #expect(await failure { try await test(fixture) }?.reason == "WEBHOOK_URL_MISSING")
      let first = try await test(fixture, receiver.url)
      let secret = try #require(first.webhook.secret)
      #expect(first.webhook.url == nil && first.isSuccess)
      #expect(try await test(fixture, receiver.url).webhook.secret == nil)
      // Nothing is delivered to a webhook that was only tested.
      try await fixture.record(.sample(1))
      #expect(try await fixture.deliveries().isEmpty)
      #expect(await failure { try await test(fixture) }?.reason == "WEBHOOK_URL_MISSING")
      // The save that follows keeps the secret.
      let saved = try await fixture.webhooks.set(
        .init(senderID: ReceiptsFixture.sender, url: receiver.url), ReceiptsFixture.front())
      #expect(saved.secret == nil && saved.id == first.webhook.id)
      #expect(saved.secretFingerprint == SigningSecret(Secret(secret))?.fingerprint)
    }
    await receiver.stop()
  }

  @Test func `a test stores nothing: no event, no delivery, no attempt`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      _ = try await test(fixture)
      let rows = try await fixture.database.read {
        try $0.first(
          "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM attempts)"
        ) { try $0.int(0) }
      }
      let read = try await fixture.webhooks.read(.init(webhookID: webhook.id), ReceiptsFixture.front())
      #expect(rows == 0 && read.version == 1)
    }
    await receiver.stop()
  }

  @Test(arguments: PlatformEvent.Kind.allCases)
  func `every event type has a sample in the envelope of an endpoint`(type: PlatformEvent.Kind) async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.webhooks.create(.init(url: receiver.url), ReceiptsFixture.front())
      let test = try await fixture.tests.test(
        .init(webhookID: webhook.id, eventType: type), ReceiptsFixture.front())
      let root = try JSONDocument(parsing: test.body).root
      #expect(test.isSuccess && root["type"]?.string == type.rawValue && root["test"]?.bool == true)
      #expect(root["id"]?.string == header("webhook-id", of: test) && root["timestamp"]?.string != nil)
      #expect(root["data"]?.count ?? 0 > 0)
      // What is delivered later has no such member.
      let happening = HandedEvent.Happening(
        id: StatusEvent.sample(1).id, accountID: ReceiptsFixture.account, type: .senderStatus, senderID: nil,
        conversationID: nil, occurredAt: Timestamp(milliseconds: 0), data: ["status": "online"])
      fixture.worker.start()
      try await fixture.hand([HandedEvent(happening: happening)])
      _ = try await receiver.requests.next()
      let real = try JSONDocument(parsing: try await receiver.requests.next().body).root
      #expect(real["test"] == nil)
    }
    await receiver.stop()
  }

  @Test func `a paused webhook can be tested, and stays paused`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      _ = try await fixture.webhooks.pause(.init(webhookID: webhook.id), ReceiptsFixture.front())
      let test = try await test(fixture)
      #expect(test.isSuccess && test.webhook.state == .paused)
    }
    await receiver.stop()
  }

  @Test func `during an overlap a test carries both signatures`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      _ = try await fixture.webhooks.rotate(.init(webhookID: webhook.id), ReceiptsFixture.front())
      let test = try await test(fixture)
      #expect(header("X-Signature-256-Next", of: test) != nil)
      #expect(header("webhook-signature", of: test)?.split(separator: " ").count == 2)
    }
    await receiver.stop()
  }

  @Test(arguments: [200, 204, 301, 400, 401, 404, 405, 410, 413, 415, 418, 422, 429, 500, 503])
  func `what was not taken comes with advice`(status: Int) async throws {
    let receiver = try await WebhookReceiver { _, _ in .text("", status: status) }
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(receiver.url)
      let test = try await test(fixture)
      #expect(test.attempt.httpStatus == status && test.isSuccess == (status < 300))
      #expect((test.advice == nil) == test.isSuccess && test.webhook.state == .active)
    }
    await receiver.stop()
  }

  @Test func `each class of failure has advice of its own`() {
    let classes = [
      "timeout", "connect_timeout", "connect_failed", "resolve_failed", "tls_failed", "closed_before_answer",
      "overloaded", "cancelled", "bad_request", "answer_unreadable", "something new",
    ]
    let texts = classes.compactMap { TestAdvice.text(status: nil, errorClass: $0) }
    #expect(Set(texts).count == classes.count)
  }

  @Test func `nobody there is said, and the test is no error`() async throws {
    let receiver = try await WebhookReceiver()
    let url = receiver.url
    await receiver.stop()
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(url)
      let test = try await test(fixture)
      #expect(!test.isSuccess && test.attempt.httpStatus == nil && test.attempt.errorClass != nil)
      #expect(test.advice != nil)
    }
  }

  @Test func `one test of a webhook runs at a time, and ten start within a minute`() async throws {
    let (begun, answered) = (AsyncBox<Void>(), AsyncBox<Void>())
    let receiver = try await WebhookReceiver { _, number in
      if number == 1 {
        begun.put(())
        _ = try? await answered.next()
      }
      return .text("ok")
    }
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      async let first = test(fixture)
      _ = try await begun.next("the first test")
      let second = await failure { try await test(fixture) }
      #expect(second?.reason == "TEST_RUNNING" && second?.code == .aborted)
      answered.put(())
      #expect(try await first.isSuccess)
      for _ in 2...10 { _ = try await test(fixture) }
      let tooMany = await failure {
        try await fixture.tests.test(.init(webhookID: webhook.id), ReceiptsFixture.front())
      }
      #expect(tooMany?.reason == "RATE_LIMITED" && tooMany?.code == .resourceExhausted)
      let again = Timestamp(milliseconds: fixture.clock.now + 60_000).description
      #expect(tooMany?.details?["retry_at"]?.string == again && tooMany?.retry == .afterMilliseconds(60_000))
      fixture.clock.advance(by: .seconds(60))
      #expect(try await test(fixture).isSuccess)
    }
    await receiver.stop()
  }

  @Test func `the gate forgets, and has a limit`() {
    var gate = TestGate()
    func id(_ number: Int) -> WebhookID { WebhookID(trusted: "whk_\(number)") }
    for number in 0..<TestGate.remembered { #expect(gate.take(id(number), of: "\(number)", at: 0) == .granted) }
    #expect(gate.take(id(-1), of: "a", at: 0) == .until(60_000))
    // One that never gave its place back is over after a minute.
    #expect(gate.take(id(1), of: "a", at: 59_999) == .running && gate.take(id(1), of: "a", at: 60_000) == .granted)
    #expect(gate.take(id(-1), of: "a", at: 60_000) == .granted)
    // A clock that is set back locks nobody out for longer.
    #expect(gate.take(id(-1), of: "a", at: -1_000_000) == .granted)
  }

  @Test func `an account with many webhooks tests sixty times a minute, and others are not held up`() {
    var gate = TestGate()
    func take(_ number: Int, _ account: String, at now: Int64) -> TestGate.Answer {
      let id = WebhookID(trusted: "whk_\(account)\(number)")
      defer { gate.finish(id) }
      return gate.take(id, of: account, at: now)
    }
    for number in 0..<60 { #expect(take(number, "a", at: Int64(number)) == .granted) }
    #expect(take(60, "a", at: 100) == .until(60_000) && take(0, "b", at: 100) == .granted)
    #expect(take(60, "a", at: 60_000) == .granted && take(61, "a", at: 60_000) == .until(60_001))
  }

  @Test func `own headers go to the saved address only`() async throws {
    let (saved, other) = (try await WebhookReceiver(), try await WebhookReceiver())
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(saved.url)
      _ = try await fixture.webhooks.update(
        .init(webhookID: webhook.id, headers: [WebhookHeader(name: "X-Shop", value: "eins")]), ReceiptsFixture.front())
      // Another path there is still there; another port is somebody else.
      #expect(try await test(fixture, saved.url + "?another").headers.contains { $0.name == "X-Shop" })
      #expect(try await saved.requests.next().headers["x-shop"] == "eins")
      let elsewhere = try await test(fixture, other.url)
      let request = try await other.requests.next()
      #expect(request.headers["x-shop"] == nil && !elsewhere.headers.contains { $0.name == "X-Shop" })
      #expect(request.headers["webhook-signature"] != nil)
    }
    await saved.stop()
    await other.stop()
  }

  @Test func `a secret that cannot be opened is named to a repeat of the call as well`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/")
      try await fixture.database.write { try $0.execute("UPDATE webhooks SET secret = 'x'") }
      var context = ReceiptsFixture.front()
      context.key = "again"
      for _ in 1...2 {
        let failed = await failure { try await fixture.tests.test(.init(webhookID: webhook.id), context) }
        #expect(failed?.reason == "SECRET_UNREADABLE")
        let bySender = await failure {
          try await fixture.tests.testSender(.init(senderID: ReceiptsFixture.sender), context)
        }
        #expect(bySender?.reason == "SECRET_UNREADABLE")
      }
    }
  }

  @Test func `a test that fails to be written down gives its place back`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      try await fixture.database.write {
        try $0.execute(
          "CREATE TRIGGER refuse BEFORE INSERT ON saved_answers BEGIN SELECT RAISE(ABORT, 'no room'); END")
      }
      var context = ReceiptsFixture.front()
      context.key = "once"
      await #expect(throws: (any Error).self) {
        try await fixture.tests.test(.init(webhookID: webhook.id), context)
      }
      #expect(try await test(fixture).isSuccess && receiver.count == 1)
    }
    await receiver.stop()
  }

  @Test func `a test that waits here too long is answered, and its place is free`() async throws {
    let answered = AsyncBox<Void>()
    let receiver = try await WebhookReceiver { _, number in
      if number == 1 { _ = try? await answered.next() }
      return .text("ok")
    }
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(receiver.url)
      var tests = fixture.tests
      tests.limit = .milliseconds(100)
      let slow = try await tests.testSender(.init(senderID: ReceiptsFixture.sender), ReceiptsFixture.front())
      #expect(!slow.isSuccess && slow.attempt.errorClass == "overloaded" && slow.advice != nil)
      #expect(try await test(fixture).isSuccess)
      answered.put(())
    }
    await receiver.stop()
  }

  @Test(arguments: ["https://10.0.0.1/", "https://senders.example/", "file:///etc/passwd", ""])
  func `an address that must not be called is not tried`(url: String) async throws {
    try await ReceiptsFixture.run(rules: .init(denyHosts: ["senders.example"])) { fixture in
      try await fixture.addSender()
      let refused = await failure { try await test(fixture, url) }
      #expect(refused?.code == .invalidArgument && refused?.field == "url")
      // Not even a secret was made for it.
      #expect(try await fixture.webhooks.list(.init(), ReceiptsFixture.front()).data.isEmpty)
    }
  }

  @Test func `a receipts webhook is tested with its own type only`() async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/")
      let refused = await failure {
        try await fixture.tests.test(
          .init(webhookID: webhook.id, eventType: .messageReceived), ReceiptsFixture.front())
      }
      #expect(refused?.reason == "EVENT_TYPE_NOT_SENT" && refused?.field == "event_type")
    }
  }

  @Test func `another account tests nothing`() async throws {
    let receiver = try await WebhookReceiver()
    let fixture = try ReceiptsFixture()
    let webhook = try await fixture.addWebhook(receiver.url)
    let other = ReceiptsFixture.front(ReceiptsFixture.otherAccount)
    let tests = fixture.tests
    let bySender = await failure { try await tests.testSender(.init(senderID: ReceiptsFixture.sender), other) }
    let byID = await failure { try await tests.test(.init(webhookID: webhook.id), other) }
    #expect(bySender?.reason == "SENDER_NOT_FOUND" && byID?.reason == "WEBHOOK_NOT_FOUND")
    #expect(receiver.count == 0)
    await fixture.close()
    await receiver.stop()
  }
}
