import Contracts
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport
import Wire

@testable import MessagingRouter

/// What people see of a sender's limits, and what a stopped number does.
@Suite struct LimitTests {
  let sender = TestSender()

  private func limits(_ router: RunningRouter) async throws -> SenderLimits {
    try await router.caller.call(MessagingRouterAPI.GetLimits(senderID: sender.id), account: sender.account)
  }

  @Test func `a number without payment stops after the sends under way, says why, and goes on when told`() async throws
  {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      for customer in 0..<8 { try await router.open(sender, from: "491700000010\(customer)") }
      harness.graph.answering { _ in MetaAnswers.error(131_042) }
      _ = try await router.send("first", from: sender, to: "+4917000000100")
      try await eventually("the number is stopped") { try await limits(router).pauses.count == 1 }
      for customer in 1..<8 { _ = try await router.send("next", from: sender, to: "+491700000010\(customer)") }
      let stopped = try await limits(router)
      #expect(stopped.queued.normal == 7)
      let pause = try #require(stopped.pauses.first)
      #expect(pause.code == "PAYMENT_PROBLEM" && pause.scope == .sender && pause.needsAttention)
      #expect(pause.nextStep == "Add one in WhatsApp Manager.")
      #expect(harness.graph.requests == 1)
      let told = try await harness.registry.metaEvents.next("the stop")
      #expect(told.field == RouterNews.SendingStopped.field && told.wabaID == sender.wabaID)
      // Mended: one message tries, then all go.
      harness.graph.answering { MetaAnswers.accepted($0) }
      let resumed = try await router.caller.call(
        MessagingRouterAPI.ResumeSending(senderID: sender.id), account: sender.account, key: "k")
      #expect(resumed.pauses.allSatisfy { $0.until.milliseconds <= harness.time.now })
      try await eventually("all are accepted") {
        try await router.text("SELECT count(*) FROM messages WHERE status = 'accepted'") == ["7"]
      }
      #expect(try await limits(router).pauses.isEmpty)
      #expect(
        try await router.caller.call(
          MessagingRouterAPI.ResumeSending(senderID: sender.id), account: sender.account, key: "k") == resumed)
    }
  }

  @Test func `the limits of a sender that Meta has told nothing of are the lowest, and say so`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      let limits = try await limits(router)
      #expect(limits.throughput.perSecond == 80)
      #expect(limits.portfolio.limit == 250 && limits.portfolio.isAssumed && limits.portfolio.used == 0)
      #expect(limits.pauses.isEmpty && limits.unknown == 0)
    }
  }

  @Test func `a status that fails for the number's sake stops it too, an old one does not`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.open(sender)
      let now = harness.time.now / 1_000
      for (code, age, pauses) in [(131_042, 3_600, 0), (131_048, 5, 1), (131_042, 5, 2)] as [(Int, Int64, Int)] {
        let id = try await router.send("\(code)", from: sender).id.text
        try await router.becomes(id, "accepted")
        try await router.webhook(
          WebhookBody.batch(
            number: sender.phoneNumberID,
            statuses: [WebhookBody.status("failed", of: "wamid.of.\(id)", errorCode: code, at: now - age)]))
        try await router.becomes(id, "failed")
        #expect(try await limits(router).pauses.count == pauses)
      }
    }
  }

  @Test func `what Meta says a message costs is kept`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await router.open(sender)
      let id = try await router.send("hi", from: sender).id.text
      try await router.becomes(id, "accepted")
      let pricing =
        #""pricing":{"billable":false,"pricing_model":"PMP","type":"free_customer_service","category":"service"}"#
      for status in ["sent", "delivered"] {
        let plain = WebhookBody.status(status, of: "wamid.of.\(id)")
        let told = status == "sent" ? plain.dropLast() + "," + pricing + "}" : plain[...]
        try await router.webhook(WebhookBody.batch(number: sender.phoneNumberID, statuses: [String(told)]))
        try await router.becomes(id, status)
      }
      let message = try await router.caller.call(
        MessagingRouterAPI.GetMessage(id: MessageID(trusted: id)), account: sender.account)
      #expect(
        message.pricing
          == MessagePricing(isBillable: false, model: "PMP", type: "free_customer_service", category: "service"))
    }
  }
}
