import Contracts
import HTTP
import JSON
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport
import Wire

@testable import MessagingRouter

/// Sends of which nobody knows whether they reached Meta, and who decides.
@Suite struct UnknownTests {
  let sender = TestSender()

  /// A router with one message that became unknown.
  private func run(_ body: (MessagingRouterHarness, RunningRouter, String) async throws -> Void) async throws {
    try await MessagingRouterHarness.run(["UNKNOWN_SETTLE_TIME": "2m"], senders: [sender]) { harness, router in
      try await router.open(sender)
      harness.graph.answering { _ in .text("oops", status: 500) }
      let id = try await router.send("hi", from: sender).id.text
      try await router.becomes(id, "unknown")
      try await body(harness, router, id)
    }
  }

  private func unknown(_ router: RunningRouter, isUnsettled: Bool? = nil) async throws -> [UnknownMessage] {
    try await router.caller.call(
      MessagingRouterAPI.ListUnknownMessages(isUnsettled: isUnsettled), account: sender.account
    ).data
  }

  private func decide(
    _ decision: UnknownMessage.Decision, _ id: String, _ router: RunningRouter, key: String? = nil
  ) async throws(CallFailure) -> Message {
    try await router.caller.call(
      MessagingRouterAPI.ResolveMessage(id: MessageID(trusted: id), decision: decision, reason: "asked the customer"),
      account: sender.account, key: key)
  }

  /// Webhooks arrive for `minutes`, one each half a minute.
  private func hear(_ harness: MessagingRouterHarness, _ router: RunningRouter, minutes: Int) async throws {
    for number in 0...(minutes * 2) {
      if number > 0 { harness.time.advance(by: .seconds(30)) }
      try await router.open(sender, id: "wamid.\(harness.time.now)")
    }
  }

  private func reason(_ body: () async throws -> Void) async -> String? {
    do {
      try await body()
      return nil
    } catch let failure as CallFailure {
      return failure.reason
    } catch {
      return "\(error)"
    }
  }

  @Test func `silence says something only while webhooks arrive`() async throws {
    try await run { harness, router, id in
      try await hear(harness, router, minutes: 0)
      // An hour in which Meta cannot reach us counts a minute.
      harness.time.advance(by: .seconds(3_600))
      try await hear(harness, router, minutes: 0)
      #expect(try await unknown(router).map(\.isUnsettled) == [false])
      #expect(try await unknown(router, isUnsettled: true).isEmpty)
      #expect(await reason { _ = try await decide(.resend, id, router) } == "MESSAGE_NOT_SETTLED")
      try await hear(harness, router, minutes: 1)
      let found = try await unknown(router, isUnsettled: true)
      #expect(found.map(\.messageID.text) == [id])
      #expect(try await unknown(router, isUnsettled: false).isEmpty)
      #expect(harness.graph.requests == 1)
    }
  }

  @Test func `resending is decided by somebody, once, and the reason is kept`() async throws {
    try await run { harness, router, id in
      try await hear(harness, router, minutes: 2)
      harness.graph.answering { MetaAnswers.accepted($0) }
      let first = try await decide(.resend, id, router, key: "k")
      #expect(first.status == .queued)
      try await router.becomes(id, "accepted")
      #expect(try await decide(.resend, id, router, key: "k") == first)
      #expect(await reason { _ = try await decide(.resend, id, router) } == "MESSAGE_NOT_UNKNOWN")
      #expect(harness.graph.requests == 2)
      #expect(
        try await router.text("SELECT decision || ': ' || reason FROM message_decisions")
          == ["resend: asked the customer"])
    }
  }

  @Test func `what Meta tells later beats what was decided`() async throws {
    try await run { harness, router, id in
      let failed = try await decide(.failed, id, router)
      #expect(failed.status == .failed && failed.error?.code == "UNKNOWN_DECIDED_FAILED")
      #expect(try await harness.receipts.events(1).map(\.status) == [.failed])
      try await router.webhook(
        WebhookBody.batch(statuses: [WebhookBody.status("delivered", of: "wamid.real", callbackData: id)]))
      try await router.becomes(id, "delivered")
      #expect(try await harness.receipts.events(1).map(\.status) == [.delivered])
      let message = try await router.caller.call(
        MessagingRouterAPI.GetMessage(id: MessageID(trusted: id)), account: sender.account)
      #expect(message.error == nil && message.metaMessageID == "wamid.real")
    }
  }

  @Test func `taken for accepted it goes on like any other`() async throws {
    try await run { _, router, id in
      #expect(try await decide(.accepted, id, router).status == .accepted)
      #expect(try await unknown(router).isEmpty)
      try await router.webhook(
        WebhookBody.batch(statuses: [
          WebhookBody.status("failed", of: "wamid.real", callbackData: id, errorCode: 131_026)
        ]))
      try await router.becomes(id, "failed")
    }
  }

  @Test func `another account neither sees nor decides`() async throws {
    try await run { _, router, id in
      let stranger = TestSender.stranger
      let list = try await router.caller.call(MessagingRouterAPI.ListUnknownMessages(), account: stranger)
      #expect(list.data.isEmpty)
      let call = MessagingRouterAPI.ResolveMessage(id: MessageID(trusted: id), decision: .failed, reason: "x")
      #expect(await reason { _ = try await router.caller.call(call, account: stranger) } == "MESSAGE_NOT_FOUND")
      #expect(
        await reason {
          _ = try await router.caller.call(
            MessagingRouterAPI.GetLimits(senderID: sender.id), account: stranger)
        } == "SENDER_NOT_FOUND")
      #expect(
        await reason {
          _ = try await router.caller.call(
            MessagingRouterAPI.ResumeSending(senderID: sender.id), account: stranger)
        } == "SENDER_NOT_FOUND")
      for text in ["", "  ", String(repeating: "x", count: 501)] {
        let blank = MessagingRouterAPI.ResolveMessage(id: MessageID(trusted: id), decision: .failed, reason: text)
        #expect(await reason { _ = try await router.caller.call(blank, account: sender.account) } == "REASON_INVALID")
      }
    }
  }

  @Test func `the decisions keep the promise of the idempotency key`() async throws {
    try await run { harness, router, id in
      let account = sender.account
      @Sendable func answer<C: Call>(_ call: C, _ key: String) async throws -> [UInt8] {
        try JSONCoder.encode(try await router.caller.call(call, account: account, key: key))
      }
      let check = IdempotencyCheck(router.database) { try await answer($0, $1) }
      let message = MessageID(trusted: id)
      let stories: [IdempotencyCheck.Story] = [
        .init(
          MessagingRouterAPI.ResolveMessage(id: message, decision: .accepted, reason: "a"),
          other: MessagingRouterAPI.ResolveMessage(id: message, decision: .accepted, reason: "b"))
      ]
      for story in stories {
        let problems = try await check.problems(with: story)
        #expect(problems == [])
      }
      #expect(harness.graph.requests == 1)
    }
  }
}
