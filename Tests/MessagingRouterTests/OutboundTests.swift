import Contracts
import HTTP
import MessagingRouterHarness
import Store
import Synchronization
import TestSupport
import Testing

@testable import MessagingRouter

@Suite struct OutboundTests {
  let sender = TestSender()

  @Test func `a message is sending in the database before its first byte leaves`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender)
      let seen = AsyncBox<String?>()
      harness.graph.answering { request in
        // The whole request is here: what another reader of the file sees now was committed before it was sent.
        seen.put(try? await router.status(MetaAnswers.callbackData(request)))
        return MetaAnswers.accepted(request)
      }
      let message = try await router.send("hi", from: sender)
      #expect(try await seen.next("the status at Meta") == "sending")
      try await router.becomes(message.id.text, "accepted")
    }
  }

  struct Refusal: Sendable {
    var code: Int
    var status = 400
    var isRetried = false
    var name: String
  }

  /// Each code of Meta's table, what Meta's status for it is, and what people are told.
  static let refusals: [Refusal] = [
    Refusal(code: 190, status: 401, name: "TOKEN_INVALID"), Refusal(code: 0, status: 401, name: "TOKEN_INVALID"),
    Refusal(code: 3, status: 500, name: "PERMISSION_MISSING"),
    Refusal(code: 10, status: 403, name: "PERMISSION_MISSING"),
    Refusal(code: 200, status: 403, name: "PERMISSION_MISSING"),
    Refusal(code: 299, status: 403, name: "PERMISSION_MISSING"),
    Refusal(code: 131_005, status: 403, name: "PERMISSION_MISSING"),
    Refusal(code: 1, isRetried: true, name: "REQUEST_REFUSED"),
    Refusal(code: 2, status: 503, isRetried: true, name: "META_UNAVAILABLE"),
    Refusal(code: 4, isRetried: true, name: "APP_CALL_LIMIT"),
    Refusal(code: 80_007, isRetried: true, name: "ACCOUNT_CALL_LIMIT"),
    Refusal(code: 130_429, isRetried: true, name: "THROUGHPUT_REACHED"),
    Refusal(code: 131_056, isRetried: true, name: "PAIR_RATE_REACHED"),
    Refusal(code: 131_048, name: "SPAM_LIMIT"), Refusal(code: 131_064, name: "TEMPLATE_CATEGORY_LIMIT"),
    Refusal(code: 133_016, name: "REGISTER_LIMIT"), Refusal(code: 33, name: "NUMBER_DELETED"),
    Refusal(code: 100, name: "PARAMETER_REFUSED"), Refusal(code: 131_008, name: "PARAMETER_REFUSED"),
    Refusal(code: 131_009, name: "PARAMETER_REFUSED"), Refusal(code: 130_403, name: "RECIPIENT_BLOCKED"),
    Refusal(code: 131_021, name: "RECIPIENT_IS_SENDER"), Refusal(code: 131_030, name: "RECIPIENT_NOT_ALLOWED"),
    Refusal(code: 130_472, name: "MARKETING_EXPERIMENT"),
    Refusal(code: 130_497, status: 403, name: "COUNTRY_RESTRICTED"),
    Refusal(code: 131_031, status: 403, name: "ACCOUNT_LOCKED"),
    Refusal(code: 368, status: 403, name: "ACCOUNT_LOCKED"),
    Refusal(code: 131_000, status: 500, isRetried: true, name: "META_UNAVAILABLE"),
    Refusal(code: 131_016, status: 500, isRetried: true, name: "META_UNAVAILABLE"),
    Refusal(code: 131_026, name: "UNDELIVERABLE"), Refusal(code: 131_037, name: "NAME_NOT_APPROVED"),
    Refusal(code: 131_042, name: "PAYMENT_PROBLEM"),
    Refusal(code: 131_045, status: 500, isRetried: true, name: "NUMBER_NOT_REGISTERED"),
    Refusal(code: 133_010, isRetried: true, name: "NUMBER_NOT_REGISTERED"),
    Refusal(code: 131_047, name: "SESSION_EXPIRED"), Refusal(code: 131_049, name: "MARKETING_CAP"),
    Refusal(code: 131_050, name: "OPTED_OUT"), Refusal(code: 131_051, name: "TYPE_UNSUPPORTED"),
    Refusal(code: 131_052, name: "MEDIA_DOWNLOAD_FAILED"), Refusal(code: 131_053, name: "MEDIA_UPLOAD_FAILED"),
    Refusal(code: 131_055, name: "MARKETING_NOT_ALLOWED"), Refusal(code: 134_100, name: "MARKETING_NOT_ALLOWED"),
    Refusal(code: 131_063, name: "MARKETING_NOT_ALLOWED"),
    Refusal(code: 131_057, status: 500, isRetried: true, name: "META_MAINTENANCE"),
    Refusal(code: 131_062, name: "PHONE_NUMBER_REQUIRED"), Refusal(code: 132_000, name: "TEMPLATE_MISMATCH"),
    Refusal(code: 132_012, name: "TEMPLATE_MISMATCH"), Refusal(code: 132_018, name: "TEMPLATE_MISMATCH"),
    Refusal(code: 132_001, status: 404, name: "TEMPLATE_NOT_APPROVED"),
    Refusal(code: 132_005, name: "TEMPLATE_TEXT_TOO_LONG"), Refusal(code: 132_007, name: "TEMPLATE_POLICY"),
    Refusal(code: 132_015, name: "TEMPLATE_PAUSED"), Refusal(code: 132_016, name: "TEMPLATE_DISABLED"),
    Refusal(code: 132_068, name: "FLOW_BLOCKED"), Refusal(code: 132_069, isRetried: true, name: "FLOW_THROTTLED"),
    Refusal(code: 133_004, status: 503, isRetried: true, name: "META_UNAVAILABLE"),
    Refusal(code: 137_000, name: "IDENTITY_CHANGED"), Refusal(code: 138_006, name: "CALLING_REFUSED"),
    Refusal(code: 147_001, name: "USERNAME_REFUSED"), Refusal(code: 999_999, name: "META_999999"),
  ]

  /// Whatever an earlier refusal has paused goes on.
  private func openGates(_ router: RunningRouter, _ sender: TestSender) async throws {
    try await router.database.write { connection in
      for (scope, key) in [("sender", sender.id.text), ("broadcasts", sender.id.text), ("account", sender.wabaID)] {
        try OutboundGates.open(scope, key, connection)
      }
    }
  }

  @Test func `every error of Meta's table is retried or final as the table says`() async throws {
    // What is told to the registry is counted apart.
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      for (number, refusal) in Self.refusals.enumerated() {
        let customer = "4917000000\(10 + number)"
        try await router.open(sender, from: customer)
        harness.graph.answering { _ in MetaAnswers.error(refusal.code, status: refusal.status) }
        let message = try await router.send("hi", from: sender, to: "+" + customer)
        let id = message.id.text
        // A queued one may be not sent yet: what Meta said of it comes with the outcome.
        try await eventually("\(refusal.code) is noted") {
          try await router.text("SELECT error_code FROM messages WHERE id = '\(id)'") == [refusal.name]
        }
        #expect(try await router.status(id) == (refusal.isRetried ? "queued" : "failed"))
        #expect(
          try await router.text("SELECT due_at > \(harness.time.now) FROM messages WHERE id = '\(id)'")
            == [refusal.isRetried ? "1" : "0"])
        #expect(
          try await router.text(
            "SELECT error_meta_code || ' ' || (error_next_step <> '') || error_is_retriable FROM messages WHERE id = '\(id)'"
          )
            == ["\(refusal.code) 1\(refusal.isRetried ? 1 : 0)"])
        try await openGates(router, sender)
      }
    }
  }

  @Test func `Retry-After is waited for, within reason`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      for (number, (header, wait)) in [(7, 7_000), (Int.max, 3_600_000)].enumerated() {
        let customer = "4917000000\(10 + number)"
        try await router.open(sender, from: customer)
        harness.graph.answering { _ in MetaAnswers.error(130_429, status: 429, retryAfter: header) }
        let id = try await router.send("hi", from: sender, to: "+" + customer).id.text
        try await eventually("put off") {
          try await router.text("SELECT due_at - \(harness.time.now) FROM messages WHERE id = '\(id)'") == ["\(wait)"]
        }
        // The whole number waits for it.
        #expect(
          try await router.text("SELECT until - \(harness.time.now) FROM outbound_gates WHERE scope = 'sender'")
            == ["\(wait)"])
        try await openGates(router, sender)
      }
    }
  }

  @Test func `a 429 without Meta's words is retried, and the retry arrives`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender)
      harness.graph.answering { _ in .text("slow down", status: 429) }
      let id = try await router.send("hi", from: sender).id.text
      try await eventually("put off") {
        try await router.text("SELECT error_code FROM messages WHERE id = '\(id)'") == ["THROUGHPUT_REACHED"]
      }
      harness.graph.answering { MetaAnswers.accepted($0) }
      harness.time.advance(by: .seconds(1))
      router.service.clockWasSet()
      try await router.becomes(id, "accepted")
      #expect(harness.graph.requests == 2)
    }
  }

  @Test func `an error that lasts fails after six sends`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender)
      harness.graph.answering { _ in MetaAnswers.error(131_016, status: 500) }
      let id = try await router.send("hi", from: sender).id.text
      for number in 1...6 {
        try await eventually("send \(number) is settled") {
          try await router.text("SELECT send_attempts || status FROM messages WHERE id = '\(id)'")
            == ["\(number)" + (number == 6 ? "failed" : "queued")]
        }
        harness.time.advance(by: .seconds(256))
        router.service.clockWasSet()
      }
      #expect(harness.graph.requests == 6)
      let event = try await harness.receipts.events(1)[0]
      #expect(event.status == .failed && event.error?.metaCode == 131_016)
    }
  }

  @Test func `a refused connection is tried again and never unknown`() async throws {
    try await MessagingRouterHarness.run(["GRAPH_URL": "http://127.0.0.1:1"], senders: [sender]) { harness, router in
      try await router.open(sender)
      let id = try await router.send("hi", from: sender).id.text
      for number in 1...8 {
        try await eventually("try \(number)") {
          try await router.text("SELECT send_attempts || status || error_code FROM messages WHERE id = '\(id)'")
            == ["\(number)queuedMETA_UNREACHABLE"]
        }
        harness.time.advance(by: .seconds(256))
        router.service.clockWasSet()
      }
    }
  }

  @Test(arguments: ["not JSON", "dropped", "500"])
  func `a lost answer is unknown, not sent again, and settled by the status webhook`(how: String) async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender)
      harness.graph.answering { _ in
        switch how {
        case "dropped": Self.cutShort()
        case "500": .text("oops", status: 500)
        default: .text("what?")
        }
      }
      let id = try await router.send("hi", from: sender).id.text
      try await router.becomes(id, "unknown")
      harness.time.advance(by: .seconds(3_600))
      router.service.clockWasSet()
      try await router.webhook(
        WebhookBody.batch(statuses: [WebhookBody.status("sent", of: "wamid.real", callbackData: id)]))
      try await router.becomes(id, "sent")
      #expect(try await router.text("SELECT meta_message_id FROM messages WHERE id = '\(id)'") == ["wamid.real"])
      // From now on Meta's id is enough.
      try await router.webhook(WebhookBody.batch(statuses: [WebhookBody.status("delivered", of: "wamid.real")]))
      try await router.becomes(id, "delivered")
      #expect(harness.graph.requests == 1)
    }
  }

  /// Announces more than it sends.
  private static func cutShort() -> HTTPResponse {
    let begun = Mutex(false)
    return HTTPResponse(
      status: 200,
      body: .stream(
        HTTPBodyStream(length: 1_000) {
          let isSecond = begun.withLock { begun in
            defer { begun = true }
            return begun
          }
          if isSecond { throw CancellationError() }
          return Array("{".utf8)
        }))
  }

  @Test(arguments: [true, false])
  func `a status that is faster than the answer is not lost`(withOurID: Bool) async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender)
      harness.graph.answering { request in
        let id = MetaAnswers.callbackData(request)
        _ = try? await router.webhook(
          WebhookBody.batch(
            statuses: ["sent", "delivered"].map {
              WebhookBody.status($0, of: "wamid.of.\(id)", callbackData: withOurID ? id : nil)
            }))
        try? await eventually("the statuses are dealt with") { try await router.count("inbox") == 0 }
        return MetaAnswers.accepted(request)
      }
      let id = try await router.send("hi", from: sender).id.text
      try await router.becomes(id, "delivered")
      let events = try await harness.receipts.events(2)
      #expect(events.map(\.status) == [.sent, .delivered])
      #expect(events.allSatisfy { $0.metaMessageID == "wamid.of.\(id)" })
      try await eventually("the send has ended") { try await router.count("held_statuses") == 0 }
      #expect(try await router.status(id) == "delivered")
    }
  }

  @Test func `a send that was under way when the process died is unknown and never repeated`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender)
      let release = Latch()
      harness.graph.answering { request in
        try? await release.wait()
        return MetaAnswers.accepted(request)
      }
      let id = try await router.send("hi", from: sender).id.text
      _ = try await harness.graph.arrived.next("the send")
      // The answer finds the store closed, as after a death.
      router.database.close()
      release.open()
      await router.stop()
      let again = try await harness.start()
      #expect(try await again.status(id) == "unknown")
      harness.time.advance(by: .seconds(600))
      again.service.clockWasSet()
      try await again.webhook(
        WebhookBody.batch(statuses: [WebhookBody.status("sent", of: "wamid.real", callbackData: id)]))
      try await again.becomes(id, "sent")
      #expect(harness.graph.requests == 1)
    }
  }

  @Test func `no more sends than allowed at once, and one of each conversation`() async throws {
    try await MessagingRouterHarness.run(["SEND_CONCURRENCY": "3"], senders: [sender]) { harness, router in
      let now = Mutex<[String: Int]>([:])
      let most = Mutex((all: 0, one: 0))
      harness.graph.answering { request in
        let to = MetaAnswers.recipient(request) ?? ""
        let (all, one) = now.withLock { now in
          now[to, default: 0] += 1
          return (now.values.reduce(0, +), now[to] ?? 0)
        }
        most.withLock { $0 = (max($0.all, all), max($0.one, one)) }
        await Task.yield()
        try? await Task.sleep(for: .milliseconds(2))
        now.withLock { $0[to, default: 0] -= 1 }
        return MetaAnswers.accepted(request)
      }
      for customer in 0..<6 { try await router.open(sender, from: "491700000010\(customer)") }
      for number in 0..<5 {
        for customer in 0..<6 {
          _ = try await router.send("m\(number)", from: sender, to: "+491700000010\(customer)")
        }
      }
      try await eventually("all are accepted") {
        try await router.text("SELECT count(*) FROM messages WHERE status = 'accepted'") == ["30"]
      }
      #expect(most.withLock { $0.one } == 1)
      #expect(most.withLock { $0.all } <= 3)
    }
  }

  @Test func `messages of a conversation arrive in order, also when the first is tried twice`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender)
      harness.graph.answering { _ in MetaAnswers.error(131_056) }
      let first = try await router.send("first", from: sender).id.text
      _ = try await router.send("second", from: sender)
      try await eventually("the first is put off") {
        try await router.text("SELECT error_code FROM messages WHERE id = '\(first)'") == ["PAIR_RATE_REACHED"]
      }
      harness.graph.answering { MetaAnswers.accepted($0) }
      _ = try await router.send("third", from: sender)
      var texts: [String?] = [MetaAnswers.text(try await harness.graph.arrived.next())]
      for _ in 1...3 {
        // Meta's count of the pair is at its end: one message in six seconds from here on.
        harness.time.advance(by: .seconds(6))
        router.service.clockWasSet()
        texts.append(MetaAnswers.text(try await harness.graph.arrived.next()))
      }
      #expect(texts == ["first", "first", "second", "third"])
    }
  }
}
