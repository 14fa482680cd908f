import Contracts
import JSON
import MessagingRouterHarness
import TestSupport
import Testing
import Transport
import Wire

/// Changing, deleting and unbinding assistants.
@Suite struct AssistantChangeTests {
  private typealias Update = MessagingRouterAPI.UpdateAssistant
  let sender = TestSender()

  private func run(_ body: (MessagingRouterHarness, RunningRouter) async throws -> Void) async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { try await body($0, $1) }
  }

  private func refusal(_ call: some Call, _ router: RunningRouter) async -> String {
    do throws(CallFailure) {
      _ = try await router.caller.call(call, account: sender.account)
      return "none"
    } catch {
      return error.reason + (error.details?["field"]?.string.map { " " + $0 } ?? "")
    }
  }

  @Test func `a change merges, counts the version up, and null brings a default back`() async throws {
    try await run { _, router in
      let made = try await router.assist(sender, model: "model-7")
      #expect(made.version == 1)
      let renamed = try await router.caller.call(Update(id: made.id, name: "Ann"), account: sender.account)
      #expect(renamed.name == "Ann" && renamed.version == 2 && renamed.model == "model-7")
      #expect(renamed.instructions == made.instructions && renamed.createdAt == made.createdAt)
      let reset = try await router.caller.call(
        Update(id: made.id, model: .null, temperature: .set(0.7)), account: sender.account)
      #expect(reset.model != nil && reset.model != "model-7" && reset.temperature == 0.7 && reset.version == 3)
      // Nothing to change: nothing changes.
      let same = try await router.caller.call(Update(id: made.id, name: "Ann"), account: sender.account)
      #expect(same == reset)
      let read = try await router.caller.call(
        MessagingRouterAPI.GetAssistant(id: made.id), account: sender.account)
      #expect(read == reset)
    }
  }

  @Test func `a change is checked like a creation, and nothing of a refused one stays`() async throws {
    try await run { _, router in
      let made = try await router.assist(sender)
      let id = made.id
      let cases: [(Update, String)] = [
        (Update(id: id, name: ""), "LENGTH_OUT_OF_RANGE name"),
        (Update(id: id, instructions: .null), "FIELD_REQUIRED instructions"),
        (Update(id: id, temperature: .set(2)), "TEMPERATURE_OUT_OF_RANGE temperature"),
        (Update(id: id, name: "Ann", fallback: .set("x")), "FIELD_NOT_OF_KIND fallback"),
        (Update(id: id, pairs: [.init(question: "a", answer: "b")]), "FIELD_NOT_OF_KIND pairs"),
        (Update(id: id, name: "Ann", ifVersion: 2), "VERSION_CHANGED"),
        (Update(id: AssistantID(trusted: "ast_01JD0000000000000000000000"), name: "x"), "ASSISTANT_NOT_FOUND"),
      ]
      for (call, expected) in cases { #expect(await refusal(call, router) == expected) }
      let read = try await router.caller.call(MessagingRouterAPI.GetAssistant(id: id), account: sender.account)
      #expect(read == made)
      #expect(
        try await router.caller.call(Update(id: id, name: "Ann", ifVersion: 1), account: sender.account).version == 2)
    }
  }

  @Test func `of two who change the same version one is told`() async throws {
    try await run { _, router in
      let made = try await router.assist(sender)
      let answers = await withTaskGroup(of: String.self) { group in
        for name in ["Ann", "Ben"] {
          group.addTask { await refusal(Update(id: made.id, name: name, ifVersion: 1), router) }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.sorted() == ["VERSION_CHANGED", "none"])
    }
  }

  @Test func `an assistant is deleted once nobody is bound to it`() async throws {
    try await run { _, router in
      let made = try await router.assist(sender)
      typealias Delete = MessagingRouterAPI.DeleteAssistant
      #expect(await refusal(Delete(id: made.id), router) == "ASSISTANT_IN_USE")
      let unbound = try await router.caller.call(
        MessagingRouterAPI.SetBinding(senderID: sender.id, assistantID: .null, aiEnabled: nil), account: sender.account)
      #expect(unbound.assistantID == nil && !unbound.aiEnabled)
      #expect(await refusal(Delete(id: made.id, ifVersion: 2), router) == "VERSION_CHANGED")
      #expect(await refusal(Delete(id: made.id, ifVersion: IfVersion.any), router) == "none")
      #expect(await refusal(Delete(id: made.id), router) == "ASSISTANT_NOT_FOUND")
      #expect(try await router.count("assistants") == 0)
    }
  }

  @Test func `an assistant that is unbound between question and answer says nothing`() async throws {
    try await run { harness, router in
      try await router.assist(sender)
      let release = Latch()
      harness.model.answering { _ in
        try? await release.wait()
        return MetaAnswers.completion("too late")
      }
      try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.one", "one")]))
      _ = try await harness.model.arrived.next("the question")
      let unbind = MessagingRouterAPI.SetBinding(senderID: sender.id, assistantID: .null, aiEnabled: nil)
      _ = try await router.caller.call(unbind, account: sender.account)
      release.open()
      try await router.isQuiet()
      #expect(try await router.text("SELECT count(*) FROM messages WHERE direction = 'outbound'") == ["0"])
      #expect(harness.graph.requests == 0)
      let contrary = MessagingRouterAPI.SetBinding(senderID: sender.id, assistantID: .null, aiEnabled: true)
      #expect(await refusal(contrary, router) == "ASSISTANT_REQUIRED")
    }
  }
}
