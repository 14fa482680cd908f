import Contracts
import Crypto
import GraphAPI
import HTTP
import MessagingRouterHarness
import Outbound
import Store
import Telemetry
import TestSupport
import Testing
import Transport
import Wire

@testable import MessagingRouter

/// Media on their way to Meta, before they are sent.
@Suite struct MediaSendingTests {
  let sender = TestSender()

  private func run(
    _ body: (MessagingRouterHarness, RunningRouter, PlayedMedia, MediaUploads, MediaID) async throws -> Void
  ) async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let meta = PlayedMedia(harness.graph)
      let announced = try await router.caller.call(
        MessagingRouterAPI.CreateMedia(senderID: sender.id, mimeType: "application/pdf", filename: "bill.pdf"),
        account: sender.account)
      let link = try #require(announced.uploadURL)
      #expect(try await router.fetch(link, method: "PUT", body: SampleMedia.pdf).status == 200)
      try await body(harness, router, meta, router.service.mediaUploads, announced.id)
    }
  }

  @Test func `a medium is uploaded to Meta once for each number, as a form`() async throws {
    try await run { _, router, meta, uploads, id in
      let token = Secret(Array("t".utf8))
      let first = try await uploads.metaID(for: id, of: sender.account, phoneNumberID: "pn-1", token: token)
      #expect(first == "up-1")
      #expect(try await uploads.metaID(for: id, of: sender.account, phoneNumberID: "pn-1", token: token) == "up-1")
      #expect(
        try await uploads.metaIDs(for: [id, id], of: sender.account, phoneNumberID: "pn-2", token: token) == [
          id: "up-2"
        ])
      #expect(meta.uploads.count == 2)
      let text = String(decoding: meta.uploads[0], as: UTF8.self)
      let boundary = String(text.prefix { $0 != "\r\n" }.dropFirst(2))
      #expect(text.contains("name=\"messaging_product\"\r\n\r\nwhatsapp\r\n"))
      #expect(text.contains("name=\"file\"; filename=\"bill.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF"))
      let end = Array("\r\n--\(boundary)--\r\n".utf8)
      #expect(meta.uploads[0].suffix(end.count) == end[...])
      #expect(meta.uploads[0].dropLast(end.count).suffix(SampleMedia.pdf.count) == SampleMedia.pdf[...])
    }
  }

  @Test func `many sends of one medium at the same time upload it once`() async throws {
    try await run { _, _, meta, uploads, id in
      let ids = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<20 {
          group.addTask {
            try await uploads.metaID(for: id, of: sender.account, phoneNumberID: "pn-1", token: Secret(Array("t".utf8)))
          }
        }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(ids == ["up-1"])
      #expect(meta.uploads.count == 1)
    }
  }

  @Test func `Meta keeps it for thirty days: after twenty-nine it is uploaded again`() async throws {
    try await run { harness, router, meta, uploads, id in
      let token = Secret(Array("t".utf8))
      _ = try await uploads.metaID(for: id, of: sender.account, phoneNumberID: "pn-1", token: token)
      harness.time.advance(by: .seconds(29 * 86_400 + 1))
      #expect(try await uploads.metaID(for: id, of: sender.account, phoneNumberID: "pn-1", token: token) == "up-2")
    }
  }

  @Test(arguments: [131_052, 131_053], [false, true])
  func `a medium that Meta could not get at is uploaded again for the next message`(
    code: Int, byWebhook: Bool
  ) async throws {
    try await run { harness, router, meta, uploads, id in
      try await router.open(sender)
      // Another number's copy has nothing to do with it.
      _ = try await uploads.metaID(for: id, of: sender.account, phoneNumberID: "pn-2", token: Secret(Array("t".utf8)))
      let refused = Countdown(byWebhook ? 0 : 1)
      harness.graph.answering { request in
        if request.path.hasSuffix("/messages") {
          return refused.take() ? MetaAnswers.error(code) : MetaAnswers.accepted(request)
        }
        return meta.answer(request)
      }
      func send() async throws -> Message {
        var call = MessagingRouterAPI.SendMessage(senderID: sender.id, to: PhoneNumber(trusted: "+4915112345678"))
        call.document = MessageMedia(mediaID: id)
        return try await router.caller.call(call, account: sender.account)
      }
      let first = try await send()
      if byWebhook {
        try await router.becomes(first.id.text, "accepted")
        try await router.webhook(
          WebhookBody.batch(
            statuses: [WebhookBody.status("failed", of: "wamid.of.\(first.id.text)", errorCode: code)]))
      }
      try await router.becomes(first.id.text, "failed")
      #expect(meta.uploads.count == 2)
      #expect(try await router.text("SELECT phone_number_id FROM media_uploads") == ["pn-2"])
      try await router.becomes(try await send().id.text, "accepted")
      #expect(meta.uploads.count == 3)
    }
  }

  @Test func `another failure leaves the upload as it is`() async throws {
    try await run { harness, router, meta, _, id in
      try await router.open(sender)
      harness.graph.answering { request in
        request.path.hasSuffix("/messages") ? MetaAnswers.error(131_026) : meta.answer(request)
      }
      var call = MessagingRouterAPI.SendMessage(senderID: sender.id, to: PhoneNumber(trusted: "+4915112345678"))
      call.document = MessageMedia(mediaID: id)
      let message = try await router.caller.call(call, account: sender.account)
      try await router.becomes(message.id.text, "failed")
      let kept = try await router.count("media_uploads")
      #expect(kept == 1)
    }
  }

  @Test func `a refusal of Meta is told as it is, and nothing is remembered`() async throws {
    try await run { harness, router, _, uploads, id in
      harness.graph.answering { _ in MetaAnswers.error(131_053) }
      await #expect {
        try await uploads.metaID(for: id, of: sender.account, phoneNumberID: "pn-1", token: Secret(Array("t".utf8)))
      } throws: { error in
        guard case .graph(.answered(let answer)) = error as? MediaUploadFailure else { return false }
        return answer.code == 131_053
      }
      let remembered = try await router.count("media_uploads")
      #expect(remembered == 0)
      await #expect {
        try await uploads.metaID(
          for: MediaID(trusted: "med_" + ULID.make(milliseconds: 1)), of: sender.account, phoneNumberID: "pn-1",
          token: Secret(Array("t".utf8)))
      } throws: { error in
        if case .notAvailable = error as? MediaUploadFailure { true } else { false }
      }
      let left = try harness.mediaFiles()
      #expect(left.count == 1, "the forms are gone")
    }
  }

  @Test func `what Meta has against an upload stops the number as it would at a send`() async throws {
    try await run { harness, router, _, _, id in
      for customer in 0..<5 { try await router.open(sender, from: "491700000010\(customer)") }
      harness.graph.answering { _ in MetaAnswers.error(190, status: 401) }
      func send(_ customer: Int) async throws {
        var call = MessagingRouterAPI.SendMessage(
          senderID: sender.id, to: PhoneNumber(trusted: "+491700000010\(customer)"))
        call.document = MessageMedia(mediaID: id)
        _ = try await router.caller.call(call, account: sender.account)
      }
      try await send(0)
      try await eventually("the number is stopped") {
        try await router.caller.call(MessagingRouterAPI.GetLimits(senderID: sender.id), account: sender.account)
          .pauses.map(\.code) == ["TOKEN_INVALID"]
      }
      for customer in 1..<5 { try await send(customer) }
      for _ in 0..<50 { await Task.yield() }
      #expect(try await router.text("SELECT count(*) FROM messages WHERE status = 'queued'") == ["4"])
      #expect(harness.graph.requests == 1)
    }
  }
}
