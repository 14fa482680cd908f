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

/// Messages that wait: scheduled, called off, and listed.
@Suite struct SendLaterTests: SendScene {
  let sender = TestSender()

  @Test func `a scheduled message waits for its moment and goes then`() async throws {
    try await run { harness, router in
      let moment = harness.time.now + 3_600_000
      let later = try await send(router) {
        $0.text = "later"
        $0.sendAt = Timestamp(milliseconds: moment)
      }
      #expect(later.status == .queued && later.sendAt == Timestamp(milliseconds: moment))
      harness.time.set(to: moment - 1)
      router.service.clockWasSet()
      let list = MessagingRouterAPI.SearchMessages(senderID: sender.id, isScheduled: true)
      #expect(try await router.caller.call(list, account: sender.account).data.map(\.id) == [later.id])
      #expect(harness.graph.requests == 0)
      harness.time.set(to: moment)
      router.service.clockWasSet()
      try await router.becomes(later.id.text, "accepted")
      #expect(try await router.caller.call(list, account: sender.account).data.isEmpty)
    }
  }

  @Test func `send_at lies in the next 30 days and, without a template, inside of the window`() async throws {
    try await run { harness, router in
      let now = harness.time.now
      func failure(_ sendAt: Int64, template: Bool = false) async -> CallFailure? {
        await refusal { () async throws(CallFailure) in
          _ = try await send(router) {
            if template {
              $0.template = TemplateMessage(name: "hello", language: TemplateLanguage(code: "de"))
            } else {
              $0.text = "later"
            }
            $0.sendAt = Timestamp(milliseconds: sendAt)
          }
        }
      }
      #expect(await failure(now)?.reason == "SEND_AT_OUT_OF_RANGE")
      #expect(await failure(now + 30 * 86_400_000 + 1, template: true)?.reason == "SEND_AT_OUT_OF_RANGE")
      #expect(await failure(now + 30 * 86_400_000, template: true) == nil)
      let closed = await failure(now + 86_400_000)
      #expect(closed?.reason == "SESSION_EXPIRED" && closed?.details?["field"] == "send_at")
      #expect(closed?.details?["session_status"]?["is_open"] == true)
      #expect(await failure(now + 86_399_999) == nil)
    }
  }

  @Test func `a repeat of a scheduled send answers with the message, also after its moment`() async throws {
    try await run { harness, router in
      let moment = harness.time.now + 3_600_000
      var call = MessagingRouterAPI.SendMessage(senderID: sender.id, to: Self.customer)
      call.text = "later"
      call.sendAt = Timestamp(milliseconds: moment)
      let first = try await router.caller.call(call, account: sender.account, key: "k")
      harness.time.set(to: moment + 60_000)
      router.service.clockWasSet()
      try await router.becomes(first.id.text, "accepted")
      #expect(try await router.caller.call(call, account: sender.account, key: "k").id == first.id)
      // With a new key it is another message, and too late.
      let late = await refusal { () async throws(CallFailure) in
        _ = try await router.caller.call(call, account: sender.account, key: "k2")
      }
      #expect(late?.reason == "SEND_AT_OUT_OF_RANGE")
      #expect(harness.graph.requests == 1)
    }
  }

  @Test func `a queued message is called off, told, and never sent`() async throws {
    try await run { harness, router in
      let later = try await send(router) {
        $0.text = "later"
        $0.sendAt = Timestamp(milliseconds: harness.time.now + 3_600_000)
      }
      let cancel = MessagingRouterAPI.CancelMessage(id: later.id)
      let stranger = await refusal { () async throws(CallFailure) in
        _ = try await router.caller.call(cancel, account: TestSender.stranger)
      }
      #expect(stranger?.reason == "MESSAGE_NOT_FOUND")
      #expect(try await router.caller.call(cancel, account: sender.account).status == .cancelled)
      #expect(try await router.caller.call(cancel, account: sender.account).status == .cancelled)
      #expect(try await harness.receipts.events(1).map(\.status) == [.cancelled])
      harness.time.advance(by: .seconds(7_200))
      router.service.clockWasSet()
      let list = MessagingRouterAPI.SearchMessages(senderID: sender.id, status: .cancelled)
      #expect(try await router.caller.call(list, account: sender.account).data.map(\.id) == [later.id])
      #expect(harness.graph.requests == 0)
    }
  }

  @Test func `a message on its way, sent or received is not called off`() async throws {
    try await run { harness, router in
      let release = Latch()
      harness.graph.answering { request in
        try? await release.wait()
        return MetaAnswers.accepted(request)
      }
      let message = try await send(router) { $0.text = "now" }
      _ = try await harness.graph.arrived.next("the send")
      func failure(_ id: MessageID) async -> CallFailure? {
        await refusal { () async throws(CallFailure) in
          _ = try await router.caller.call(MessagingRouterAPI.CancelMessage(id: id), account: sender.account)
        }
      }
      #expect(await failure(message.id)?.reason == "MESSAGE_NOT_CANCELLABLE")
      release.open()
      try await router.becomes(message.id.text, "accepted")
      #expect(await failure(message.id)?.reason == "MESSAGE_NOT_CANCELLABLE")
      #expect(await failure(try await inbound(router))?.reason == "MESSAGE_NOT_CANCELLABLE")
    }
  }

  @Test func `calling off and sending at once has one outcome`() async throws {
    try await run { harness, router in
      var cancelled = 0
      for number in 0..<20 {
        let message = try await send(router) { $0.text = "m\(number)" }
        let failure = await refusal { () async throws(CallFailure) in
          _ = try await router.caller.call(MessagingRouterAPI.CancelMessage(id: message.id), account: sender.account)
        }
        if failure == nil { cancelled += 1 }
        try await router.isQuiet()
        #expect(try await router.status(message.id.text) == (failure == nil ? "cancelled" : "accepted"))
      }
      #expect(harness.graph.requests == 20 - cancelled)
    }
  }

  @Test func `a sender's messages are listed across conversations, by what waits or went wrong`() async throws {
    try await run { harness, router in
      harness.graph.answering {
        MetaAnswers.recipient($0) == "+491700000010" ? MetaAnswers.error(131_026) : MetaAnswers.accepted($0)
      }
      try await router.open(sender, from: "491700000010")
      let bad = try await router.send("a", from: sender, to: "+491700000010")
      let good = try await router.send("b", from: sender)
      try await router.becomes(bad.id.text, "failed")
      try await router.becomes(good.id.text, "accepted")
      func ids(_ call: MessagingRouterAPI.SearchMessages) async throws -> [String] {
        try await router.caller.call(call, account: sender.account).data.map(\.id.text)
      }
      #expect(try await ids(.init(senderID: sender.id, status: .failed)) == [bad.id.text])
      for status in [MessageStatus.queued, .sending, .unknown, .expired, .cancelled] {
        #expect(try await ids(.init(senderID: sender.id, status: status)).isEmpty)
      }
      let all = try await ids(.init(senderID: sender.id))
      #expect(all.count == 4 && Array(all.prefix(2)) == [good.id.text, bad.id.text])
      var paged: [String] = []
      var cursor: String?
      repeat {
        let page = try await router.caller.call(
          MessagingRouterAPI.SearchMessages(senderID: sender.id, limit: 1, cursor: cursor), account: sender.account)
        paged += page.data.map(\.id.text)
        cursor = page.nextCursor
      } while cursor != nil
      #expect(paged == all)
      for (status, isScheduled) in [(MessageStatus.read, false), (.failed, true)] {
        let failure = await refusal { () async throws(CallFailure) in
          _ = try await router.caller.call(
            MessagingRouterAPI.SearchMessages(senderID: sender.id, status: status, isScheduled: isScheduled),
            account: sender.account)
        }
        #expect(failure?.reason == "STATUS_NOT_LISTED")
      }
      let strange = await refusal { () async throws(CallFailure) in
        _ = try await router.caller.call(
          MessagingRouterAPI.SearchMessages(senderID: sender.id), account: TestSender.stranger)
      }
      #expect(strange?.reason == "SENDER_NOT_FOUND")
    }
  }
}
