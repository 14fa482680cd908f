import Contracts
import HTTP
import JSON
import MessagingRouter
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport
import Wire

/// Read marks and "typing".
@Suite struct ReadMarkTests: SendScene {
  let sender = TestSender()

  @Test func `a read mark is told to Meta once, typing every time`() async throws {
    try await run { harness, router in
      let message = try await inbound(router)
      func mark(_ typing: Bool?) async throws(CallFailure) -> Message {
        try await router.caller.call(
          MessagingRouterAPI.MarkMessageRead(id: message, typing: typing), account: sender.account)
      }
      let marked = try await mark(nil)
      #expect(marked.readAt == Timestamp(milliseconds: harness.time.now) && marked.status == .received)
      let first = try JSONValue(parsing: try await harness.graph.arrived.next().body)
      #expect(first == ["messaging_product": "whatsapp", "status": "read", "message_id": "wamid.in"])
      _ = try await mark(false)
      #expect(harness.graph.requests == 1)
      _ = try await mark(true)
      let second = try JSONValue(parsing: try await harness.graph.arrived.next().body)
      #expect(second["typing_indicator"] == ["type": "text"])
    }
  }

  @Test func `what Meta says of a read mark is told in our words, and nothing is kept`() async throws {
    try await run { harness, router in
      let message = try await inbound(router)
      func failure(_ id: MessageID) async -> CallFailure? {
        await refusal { () async throws(CallFailure) in
          _ = try await router.caller.call(MessagingRouterAPI.MarkMessageRead(id: id), account: sender.account)
        }
      }
      harness.graph.answering { _ in MetaAnswers.error(131_009) }
      let refused = await failure(message)
      #expect(refused?.reason == "META_REFUSED" && refused?.details?["meta_code"] == 131_009)
      harness.graph.answering { _ in MetaAnswers.error(131_016, status: 500) }
      #expect(await failure(message)?.reason == "UNKNOWN_ERROR")
      harness.graph.answering { _ in .text("what?") }
      let lost = await failure(message)
      #expect(lost?.reason == "META_UNREACHABLE" && lost?.code == .unavailable)
      #expect(try await router.text("SELECT read_at FROM messages WHERE id = '\(message.text)'") == ["NULL"])
      harness.graph.answering { MetaAnswers.accepted($0) }
      let own = try await router.send("hi", from: sender)
      #expect(await failure(own.id)?.reason == "MESSAGE_NOT_INBOUND")
      #expect(await failure(MessageID(trusted: "msg_01JD0000000000000000000000"))?.reason == "MESSAGE_NOT_FOUND")
    }
  }
}
