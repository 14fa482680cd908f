import Contracts
import HTTP
import JSON
import MessagingRouterHarness
import TestSupport
import Testing
import Transport
import Wire

@testable import MessagingRouter

/// What Meta puts off while a broadcast is stopped.
@Suite struct BroadcastPutOffTests {
  let sender = TestSender()

  /// A broadcast to one person whose send is on its way while `stop` is called; then Meta puts it off.
  private func run<Stop: Call>(
    _ stop: (BroadcastID) -> Stop, _ body: (MessagingRouterHarness, RunningRouter, BroadcastID) async throws -> Void
  ) async throws {
    try await MessagingRouterHarness.run { harness, router in
      MetaTemplates(harness).put("sale", category: "MARKETING", components: [["type": "BODY", "text": "Come in."]])
      harness.registry.publish(sender)
      try await router.knows(sender)
      try await router.hasSynced()
      let template = try #require(try await router.templates(sender).first)
      func call<C: Call>(_ call: C) async throws -> C.Reply {
        try await router.caller.call(call, account: sender.account)
      }
      let release = Latch()
      harness.graph.answering { request in
        try? await release.wait()
        return MetaAnswers.error(131_016)
      }
      let id = try await call(
        MessagingRouterAPI.CreateBroadcast(senderID: sender.id, templateID: template.id, name: "Sale")
      ).id
      _ = try await call(
        MessagingRouterAPI.AddBroadcastRecipients(id: id, recipients: [.init(to: "+4915112345678")]))
      _ = try await call(MessagingRouterAPI.StartBroadcast(id: id))
      _ = try await harness.graph.arrived.next("the send")
      _ = try await call(stop(id))
      release.open()
      try await body(harness, router, id)
      // Its time would have come.
      harness.time.advance(by: .seconds(3_600))
      router.service.clockWasSet()
      try await router.isQuiet()
      #expect(harness.graph.requests == 1)
    }
  }

  @Test func `of a broadcast that was called off it is cancelled and never sent`() async throws {
    try await run {
      MessagingRouterAPI.CancelBroadcast(id: $0)
    } _: { harness, router, id in
      try await eventually("it is cancelled") {
        try await router.text("SELECT status FROM messages") == ["cancelled"]
      }
      let view = try await router.caller.call(MessagingRouterAPI.GetBroadcast(id: id), account: sender.account)
      #expect(view.state == .cancelled && view.counts == BroadcastCounts(cancelled: 1))
    }
  }

  @Test func `of a broadcast that is paused its recipient waits again, without a message`() async throws {
    try await run {
      MessagingRouterAPI.PauseBroadcast(id: $0)
    } _: { harness, router, id in
      try await eventually("it was taken back") { try await router.count("messages") == 0 }
      let view = try await router.caller.call(MessagingRouterAPI.GetBroadcast(id: id), account: sender.account)
      #expect(view.state == .paused && view.counts == BroadcastCounts(pending: 1))
    }
  }
}
