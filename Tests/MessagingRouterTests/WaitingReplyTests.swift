import Contracts
import MessagingRouterHarness
import TestSupport
import Testing
import Transport

/// A reply whose sender went offline before it was sent.
@Suite(.timeLimit(.minutes(1))) struct WaitingReplyTests {
  private let sender = TestSender()

  @Test func `a reply of a sender that went offline waits until it is online again`() async throws {
    try await runWithWaitingReply { harness, _ in
      #expect(harness.graph.requests == 0)
      harness.registry.publish(sender)
      _ = try await harness.graph.arrived.next("the reply")
    }
  }

  @Test func `a reply that waits is not sent when the assistant is switched off meanwhile`() async throws {
    try await runWithWaitingReply { harness, router in
      let binding = try await router.caller.call(
        MessagingRouterAPI.SetBinding(senderID: sender.id, assistantID: .absent, aiEnabled: false),
        account: sender.account)
      #expect(binding.aiEnabled == false)
      #expect(
        try await router.text("SELECT error_code FROM messages WHERE direction = 'outbound'")
          == ["ASSISTANT_SWITCHED_OFF"])
      harness.registry.publish(sender)
      try await router.knows(sender)
      try await router.isQuiet()
      #expect(harness.graph.requests == 0)
    }
  }

  /// The sender goes offline while the model thinks, so the reply is queued and stays there.
  private func runWithWaitingReply(
    _ body: (MessagingRouterHarness, RunningRouter) async throws -> Void
  ) async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.assist(sender)
      let release = Latch()
      harness.model.answering { _ in
        try? await release.wait()
        return MetaAnswers.completion("here I am")
      }
      try await router.open(sender)
      _ = try await harness.model.arrived.next("the question")
      var offline = sender
      offline.status = .offline
      harness.registry.publish(offline)
      try await router.knows(offline)
      release.open()
      try await eventually("the reply is queued") {
        try await router.text("SELECT status FROM messages WHERE direction = 'outbound'") == ["queued"]
      }
      try await body(harness, router)
    }
  }
}
