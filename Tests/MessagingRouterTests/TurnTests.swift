import Contracts
import Daemon
import HTTP
import MessagingRouter
import MessagingRouterHarness
import Store
import Synchronization
import TestSupport
import Testing
import Transport

@Suite struct TurnTests {
  let sender = TestSender()

  private func run(
    _ settings: [String: String] = [:], _ body: (MessagingRouterHarness, RunningRouter) async throws -> Void
  ) async throws {
    try await MessagingRouterHarness.run(settings, senders: [sender]) { harness, router in
      try await router.assist(sender)
      try await body(harness, router)
    }
  }

  private func ask(_ router: RunningRouter, _ texts: String..., from: String = "4915112345678") async throws {
    try await router.webhook(
      WebhookBody.batch(messages: texts.map { WebhookBody.text("wamid.\(from).\($0)", $0, from: from) }))
  }

  @Test func `questions of one conversation are answered in order, with what was said before`() async throws {
    try await run { harness, router in
      try await ask(router, "one", "two", "three")
      var replies: [String?] = []
      for _ in 0..<3 { replies.append(MetaAnswers.text(try await harness.graph.arrived.next("a reply"))) }
      #expect(replies == ["re: one", "re: two", "re: three"])
      for said in [["one"], ["one", "re: one", "two"], ["one", "re: one", "two", "re: two", "three"]] {
        #expect(MetaAnswers.said(try await harness.model.arrived.next("a question")) == ["Be kind."] + said)
      }
    }
  }

  @Test func `conversations are answered side by side, a flooding one does not hold up another`() async throws {
    try await run(["TURN_CONCURRENCY": "2"]) { harness, router in
      let release = Latch()
      harness.model.answering { request in
        if MetaAnswers.question(request).hasPrefix("flood") { try? await release.wait() }
        return MetaAnswers.completion("ok")
      }
      try await router.webhook(
        WebhookBody.batch(
          messages: (0..<40).map { WebhookBody.text("wamid.f\($0)", "flood \($0)", from: "491510000001") }))
      _ = try await harness.model.arrived.next("the flood")
      try await ask(router, "me too", from: "491510000002")
      let reply = try await harness.graph.arrived.next("the other's reply")
      #expect(MetaAnswers.recipient(reply) == "+491510000002")
      release.open()
      try await eventually(within: .seconds(20), "all are answered") {
        harness.time.advance(by: .seconds(1))
        router.service.clockWasSet()
        return try await router.text("SELECT count(*) FROM messages WHERE status = 'accepted'") == ["41"]
      }
      let texts = try await router.text(
        "SELECT q.text FROM messages m JOIN messages q ON q.id = m.turn_of WHERE q.text LIKE 'flood%' ORDER BY m.sequence"
      )
      #expect(texts == (0..<40).map { "flood \($0)" })
    }
  }

  @Test(arguments: ["429", "500", "garbage", "empty", "thought only"])
  func `a model that fails for a while is asked again, and no later question overtakes`(how: String) async throws {
    try await run { harness, router in
      harness.model.answering { _ in
        switch how {
        case "429":
          var response = HTTPResponse.text("slow down", status: 429)
          response.headers.set("Retry-After", "9223372036854775807")
          return response
        case "500": return .text("oops", status: 500)
        case "empty": return MetaAnswers.completion("  \n ")
        case "thought only": return MetaAnswers.completion("<think>hm</think>")
        default: return .text("garbage")
        }
      }
      try await ask(router, "one")
      try await eventually("the failure is noted") {
        try await router.text("SELECT attempts FROM turns WHERE last_error IS NOT NULL AND leased_until IS NULL") == [
          "1"
        ]
      }
      let due = try #require(Int64(try await router.text("SELECT due_at FROM turns")[0]))
      #expect(due - harness.time.now == (how == "429" ? 3_600_000 : 1_000))
      harness.model.answering { MetaAnswers.completion("re: " + MetaAnswers.question($0)) }
      try await ask(router, "two")
      try await eventually("both wait") { try await router.count("turns") == 2 }
      harness.time.set(to: due)
      router.service.clockWasSet()
      var replies: [String?] = []
      for _ in 0..<2 { replies.append(MetaAnswers.text(try await harness.graph.arrived.next("a reply"))) }
      #expect(replies == ["re: one", "re: two"])
    }
  }

  @Test func `a model that is too slow is given up and asked again`() async throws {
    try await run(["AI_TIMEOUT": "1s"]) { harness, router in
      let release = Latch()
      harness.model.answering { _ in
        try? await release.wait(within: .seconds(5))
        return MetaAnswers.completion("late")
      }
      try await ask(router, "one")
      try await eventually("given back") {
        try await router.text("SELECT attempts FROM turns WHERE leased_until IS NULL AND last_error IS NOT NULL") == [
          "1"
        ]
      }
      release.open()
      #expect(harness.graph.requests == 0)
    }
  }

  @Test func `thoughts are left out, and a reply fits WhatsApp's bound`() async throws {
    try await run { harness, router in
      harness.model.answering { _ in
        MetaAnswers.completion("<think>the secret plan</think>\n" + String(repeating: "é", count: 5_000))
      }
      try await ask(router, "one")
      let text = MetaAnswers.text(try await harness.graph.arrived.next("the reply"))
      #expect(text == String(repeating: "é", count: 4_096))
    }
  }

  @Test func `an assistant that is switched off between question and answer says nothing`() async throws {
    try await run { harness, router in
      let release = Latch()
      harness.model.answering { _ in
        try? await release.wait()
        return MetaAnswers.completion("too late")
      }
      try await ask(router, "one")
      _ = try await harness.model.arrived.next("the question")
      _ = try await router.caller.call(
        MessagingRouterAPI.SetBinding(senderID: sender.id, assistantID: .absent, aiEnabled: false),
        account: sender.account)
      release.open()
      try await router.isQuiet()
      #expect(try await router.text("SELECT count(*) FROM messages WHERE direction = 'outbound'") == ["0"])
      #expect(harness.graph.requests == 0)
    }
  }

  @Test func `an answer after the window has closed is not sent`() async throws {
    try await run { harness, router in
      let release = Latch()
      harness.model.answering { _ in
        try? await release.wait()
        return MetaAnswers.completion("a day late")
      }
      try await ask(router, "one")
      _ = try await harness.model.arrived.next("the question")
      harness.time.advance(by: .seconds(24 * 3_600))
      release.open()
      try await router.isQuiet()
      #expect(harness.graph.requests == 0)
    }
  }

  @Test func `five answers of no use bury a turn, which shows for a day`() async throws {
    try await run { harness, router in
      harness.model.answering { _ in MetaAnswers.completion(" ") }
      try await ask(router, "one")
      for number in 1...5 {
        try await eventually("try \(number)") {
          try await router.text("SELECT attempts || state FROM turns WHERE leased_until IS NULL")
            == ["\(number)" + (number == 5 ? "dead" : "ready")]
        }
        harness.time.advance(by: .seconds(60))
        router.service.clockWasSet()
      }
      #expect(harness.model.requests == 5)
      #expect(await router.service.readiness().degraded["turns"] == "1 given up")
      harness.time.advance(by: .seconds(24 * 3_600))
      #expect(await router.service.readiness().degraded["turns"] == nil)
    }
  }

  /// Lets the waiting turn come due again and again, until it has been tried `tries` times.
  private func retry(_ tries: ClosedRange<Int>, _ harness: MessagingRouterHarness, _ router: RunningRouter) async throws
  {
    for number in tries {
      let due = try #require(Int64(try await router.text("SELECT due_at FROM turns")[0]))
      #expect(due - harness.time.now == min(500 << Int64(min(number - 1, 10)), 60_000))
      harness.time.set(to: due)
      router.service.clockWasSet()
      try await eventually("try \(number)") {
        try await router.text("SELECT attempts FROM turns WHERE leased_until IS NULL") == ["\(number)"]
      }
    }
  }

  @Test func `a model that is away for minutes is asked with growing pauses until it is back`() async throws {
    try await run { harness, router in
      harness.model.answering { _ in .text("oops", status: 503) }
      try await ask(router, "one")
      try await eventually("the first try") {
        try await router.text("SELECT attempts FROM turns WHERE leased_until IS NULL") == ["1"]
      }
      try await retry(2...12, harness, router)
      harness.model.answering { MetaAnswers.completion("re: " + MetaAnswers.question($0)) }
      harness.time.advance(by: .seconds(60))
      router.service.clockWasSet()
      #expect(MetaAnswers.text(try await harness.graph.arrived.next("the reply")) == "re: one")
    }
  }

  @Test(arguments: ["two hours", "the window"])
  func `a model that stays away costs the turn at last`(what: String) async throws {
    try await run(["AI_BASE_URL": "http://127.0.0.1:9/v1"]) { harness, router in
      // Nobody listens there. A message that took long to arrive has less of its window left.
      let age: Int64 = what == "the window" ? 23 * 3_600 + 1_800 : 0
      try await router.webhook(
        WebhookBody.batch(messages: [WebhookBody.text("wamid.1", "one", at: 1_767_225_600 - age)]))
      try await eventually("the first try") {
        try await router.text("SELECT attempts FROM turns WHERE leased_until IS NULL") == ["1"]
      }
      harness.time.advance(by: .seconds(age > 0 ? 1_799 : 7_199))
      router.service.clockWasSet()
      try await eventually("a try within the limit") {
        try await router.text("SELECT attempts || state FROM turns WHERE leased_until IS NULL") == ["2ready"]
      }
      harness.time.advance(by: .seconds(60))
      router.service.clockWasSet()
      try await eventually("buried") { try await router.text("SELECT attempts || state FROM turns") == ["3dead"] }
    }
  }

  @Test(arguments: [400, 401, 403, 404, 422, 301])
  func `an error that no try can mend buries a turn at once`(status: Int) async throws {
    try await run { harness, router in
      harness.model.answering { _ in .text("no", status: status) }
      try await ask(router, "one")
      try await eventually("buried") { try await router.text("SELECT attempts || state FROM turns") == ["1dead"] }
    }
  }

  @Test func `a blank text makes no turn`() async throws {
    try await run { harness, router in
      for (number, text) in ["", " ", "\u{200B}", #"\n\t"#].enumerated() {
        try await router.open(sender, from: "491510000010\(number)", id: "wamid.hello\(number)")
        try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.blank\(number)", text)]))
      }
      try await router.isQuiet()
      #expect(try await router.text("SELECT count(*) FROM messages WHERE direction = 'outbound'") == ["4"])
      #expect(try await router.text("SELECT count(*) FROM messages WHERE meta_message_id LIKE 'wamid.blank%'") == ["4"])
      #expect(harness.model.requests == 4)
    }
  }

  @Test func `a moment that has not come yet opens the window no longer than Meta does`() async throws {
    try await run { harness, router in
      let now = harness.time.now
      for (number, seconds) in [253_402_300_799, now / 1_000 + 86_400, 0].enumerated() {
        let id = "wamid.t\(number)"
        try await router.webhook(
          WebhookBody.batch(
            messages: [WebhookBody.text(id, "hi", from: "491510000020\(number)", at: seconds)]))
        try await eventually("stored") {
          try await router.text("SELECT 1 FROM messages WHERE meta_message_id = '\(id)'") == ["1"]
        }
      }
      let day: Int64 = 86_400_000
      #expect(
        try await router.text(
          "SELECT c.window_expires_at FROM conversations c JOIN contacts p ON p.id = c.contact_id ORDER BY p.phone_number"
        )
          == [now + day, now + day, day].map { "\($0)" })
      #expect(try await router.text("SELECT max(provider_at) FROM messages") == ["\(now)"])
      // The third is long over.
      try await router.isQuiet()
      #expect(harness.graph.requests == 2)
    }
  }

  @Test func `a death between the model's answer and its commit leaves one reply at most`() async throws {
    try await run { harness, router in
      let release = Latch()
      harness.model.answering { request in
        try? await release.wait()
        return MetaAnswers.completion("re: " + MetaAnswers.question(request))
      }
      try await ask(router, "one")
      _ = try await harness.model.arrived.next("the question")
      router.database.close()
      release.open()
      await router.stop()
      let again = try await harness.start()
      let reply = try await harness.graph.arrived.next("the reply")
      #expect(MetaAnswers.text(reply) == "re: one")
      try await again.isQuiet()
      #expect(try await again.text("SELECT count(*) FROM messages WHERE direction = 'outbound'") == ["1"])
      #expect(harness.graph.requests == 1)
    }
  }

  @Test func `a stop does not wait for a slow model, and the turn is answered after the start`() async throws {
    try await run { harness, router in
      let release = Latch()
      harness.model.answering { _ in
        try? await release.wait(within: .seconds(30))
        return MetaAnswers.completion("slow")
      }
      try await ask(router, "one")
      _ = try await harness.model.arrived.next("the question")
      try await limited(to: .seconds(5), "the stop") { await router.stop() }
      release.open()
      harness.model.answering { _ in MetaAnswers.completion("quick") }
      let again = try await harness.start()
      #expect(MetaAnswers.text(try await harness.graph.arrived.next("the reply")) == "quick")
      try await again.isQuiet()
    }
  }

  @Test func `many webhooks at once: every question is answered and accepted`() async throws {
    try await run { harness, router in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<200 {
          group.addTask {
            try await router.webhook(
              WebhookBody.batch(
                messages: [WebhookBody.text("wamid.s\(number)", "q\(number)", from: "4915100\(1_000 + number % 40)")]))
          }
        }
        try await group.waitForAll()
      }
      try await eventually(within: .seconds(30), "every reply is accepted") {
        try await router.text("SELECT count(*) FROM messages WHERE status = 'accepted'") == ["200"]
      }
      #expect(harness.graph.requests == 200)
    }
  }
}
