import Contracts
import JSON
import MessagingRouterHarness
import TestSupport
import Testing
import Transport
import Wire

@Suite struct AssistantTests {
  let sender = TestSender()

  private func run(_ body: (MessagingRouterHarness, RunningRouter) async throws -> Void) async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { try await body($0, $1) }
  }

  private func create(_ call: MessagingRouterAPI.CreateAssistant, key: String? = nil, _ router: RunningRouter)
    async throws(CallFailure) -> Assistant
  {
    try await router.caller.call(call, account: sender.account, key: key)
  }

  private func refusal(_ call: MessagingRouterAPI.CreateAssistant, _ router: RunningRouter) async -> String {
    do throws(CallFailure) {
      _ = try await create(call, router)
      return "none"
    } catch {
      return error.reason + (error.details?["field"]?.string.map { " " + $0 } ?? "")
    }
  }

  private static let flowers = MessagingRouterAPI.CreateAssistant(
    name: "Florist", kind: .builtIn,
    pairs: [.init(question: "Do you deliver?", answer: "Yes, until 6 pm."), .init(question: "roses", answer: "2 €")],
    fallback: "Ask me about roses.")

  @Test func `a built-in assistant answers from its pairs or with its fallback, and asks no model`() async throws {
    try await run { harness, router in
      let assistant = try await create(Self.flowers, router)
      #expect(assistant.kind == .builtIn && assistant.model == nil && assistant.pairs.count == 2)
      let read = try await router.caller.call(
        MessagingRouterAPI.GetAssistant(id: assistant.id), account: sender.account)
      #expect(read == assistant)
      let binding = try await router.caller.call(
        MessagingRouterAPI.SetBinding(senderID: sender.id, assistantID: .set(assistant.id), aiEnabled: nil),
        account: sender.account)
      #expect(binding.aiEnabled)
      var replies: [String?] = []
      for (number, question) in ["do you DELIVER", "What do roses cost?", "Hm"].enumerated() {
        try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.q\(number)", question)]))
        replies.append(MetaAnswers.text(try await harness.graph.arrived.next("a reply")))
      }
      #expect(replies == ["Yes, until 6 pm.", "2 €", "Ask me about roses."])
      try await router.isQuiet()
      #expect(harness.model.requests == 0)
    }
  }

  @Test func `what an assistant of a kind needs or cannot use is named`() async throws {
    try await run { _, router in
      func builtIn(
        _ pairs: [Assistant.Pair]? = nil, fallback: String? = "f", model: String? = nil, temperature: Double? = nil
      ) -> MessagingRouterAPI.CreateAssistant {
        .init(name: "x", kind: .builtIn, model: model, temperature: temperature, pairs: pairs, fallback: fallback)
      }
      let long = String(repeating: "é", count: 4_096)
      let cases: [(MessagingRouterAPI.CreateAssistant, String)] = [
        (.init(name: "x"), "FIELD_REQUIRED instructions"),
        (.init(name: "x", kind: .model, instructions: "x", pairs: []), "FIELD_NOT_OF_KIND pairs"),
        (.init(name: "x", instructions: "x", fallback: "f"), "FIELD_NOT_OF_KIND fallback"),
        (builtIn(fallback: nil), "FIELD_REQUIRED fallback"), (builtIn(fallback: ""), "LENGTH_OUT_OF_RANGE fallback"),
        (builtIn(fallback: long + "x"), "LENGTH_OUT_OF_RANGE fallback"),
        (builtIn(fallback: " \n"), "TEXT_INVALID fallback"), (builtIn(fallback: "a\u{7}"), "TEXT_INVALID fallback"),
        (builtIn(model: "m"), "FIELD_NOT_OF_KIND model"),
        (builtIn(temperature: 0), "FIELD_NOT_OF_KIND temperature"),
        (builtIn([.init(question: "", answer: "a")]), "LENGTH_OUT_OF_RANGE pairs[0].question"),
        (
          builtIn([.init(question: String(repeating: "q", count: 301), answer: "a")]),
          "LENGTH_OUT_OF_RANGE pairs[0].question"
        ),
        (
          builtIn([.init(question: "q", answer: "a"), .init(question: "?", answer: "a")]),
          "QUESTION_WITHOUT_WORDS pairs[1].question"
        ),
        (builtIn([.init(question: "q", answer: "")]), "LENGTH_OUT_OF_RANGE pairs[0].answer"),
        (builtIn([.init(question: "q", answer: long + "x")]), "LENGTH_OUT_OF_RANGE pairs[0].answer"),
        (builtIn(Array(repeating: .init(question: "q", answer: "a"), count: 201)), "PAIRS_TOO_MANY pairs"),
        (builtIn(Array(repeating: .init(question: "q", answer: long), count: 32)), "PAIRS_TOO_LARGE pairs"),
        (builtIn(Array(repeating: .init(question: "q", answer: "a"), count: 200), fallback: long), "none"),
        (builtIn(Array(repeating: .init(question: "q", answer: long), count: 31)), "none"), (builtIn(), "none"),
      ]
      for (call, expected) in cases { #expect(await refusal(call, router) == expected) }
    }
  }

  @Test func `a list of large assistants comes in pages that fit`() async throws {
    try await run { _, router in
      let large = Assistant.Pair(question: "q", answer: String(repeating: "\n\"é", count: 1_300) + "x")
      for _ in 0..<6 {
        _ = try await create(
          .init(name: "x", kind: .builtIn, pairs: Array(repeating: large, count: 40), fallback: "f"), router)
      }
      var seen: [String] = []
      var cursor: String?
      repeat {
        let page = try await router.caller.call(
          MessagingRouterAPI.ListAssistants(cursor: cursor), account: sender.account)
        #expect((1...2).contains(page.data.count))
        seen += page.data.map(\.id.text)
        cursor = page.nextCursor
      } while cursor != nil
      #expect(seen.count == 6 && Set(seen).count == 6)
    }
  }

  @Test func `a repeated key answers with the first assistant, another body under it is refused`() async throws {
    try await run { _, router in
      let ids = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<5 { group.addTask { try await create(Self.flowers, key: "k", router).id.text } }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(ids.count == 1)
      var other = Self.flowers
      other.pairs?[0].answer = "No."
      do throws(CallFailure) {
        _ = try await create(other, key: "k", router)
        Issue.record("another body was taken")
      } catch {
        #expect(error.code == .alreadyExists && error.reason == "IDEMPOTENCY_KEY_REUSED")
      }
      #expect(try await router.count("assistants") == 1)
      #expect(try await create(Self.flowers, router).id.text != ids.first)
    }
  }

  @Test func `binding another assistant leaves the switch as it was left by hand`() async throws {
    try await run { _, router in
      func bind(_ assistant: AssistantID?, _ enabled: Bool? = nil) async throws -> MessagingRouterAPI.Binding {
        try await router.caller.call(
          MessagingRouterAPI.SetBinding(
            senderID: sender.id, assistantID: assistant.map(Patch.set) ?? .absent, aiEnabled: enabled),
          account: sender.account)
      }
      let (one, two) = (try await create(Self.flowers, router).id, try await create(Self.flowers, router).id)
      #expect(try await bind(nil).aiEnabled == false)
      #expect(try await bind(one).aiEnabled)
      let off = try await bind(nil, false)
      #expect(off.assistantID == one && !off.aiEnabled)
      let other = try await bind(two)
      #expect(other.assistantID == two && !other.aiEnabled)
      #expect(try await bind(one, true).aiEnabled)
      #expect(try await bind(two).aiEnabled)
    }
  }
}
