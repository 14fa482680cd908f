import Contracts
import JSON
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport
import Wire

@testable import MessagingRouter

/// The header medium of a broadcast is the account's own, and one that Meta takes.
@Suite struct BroadcastMediaTests {
  let sender = TestSender()

  private static func id(_ letter: String) -> MediaID {
    MediaID(trusted: "med_01KDXH" + String(repeating: "0", count: 19) + letter)
  }

  private func put(
    _ id: MediaID, account: String, type: String = "image/jpeg", bytes: Int = 1_000, _ router: RunningRouter
  ) async throws {
    try await router.database.write { connection in
      try connection.execute(
        """
        INSERT INTO media (id, account_id, sender_id, source, kind, mime_type, bytes, sha256, state, created_at)
        VALUES (?, ?, ?, 'upload', 'image', ?, ?, 'x', 'available', 1)
        """, id.text, account, sender.id.text, type, bytes)
    }
  }

  private func run(_ body: (RunningRouter, TemplateID) async throws -> Void) async throws {
    try await MessagingRouterHarness.run { harness, router in
      MetaTemplates(harness).put(
        "sale", category: "MARKETING",
        components: [["type": "HEADER", "format": "IMAGE"], ["type": "BODY", "text": "Come in."]])
      harness.registry.publish(sender)
      try await router.knows(sender)
      try await router.hasSynced()
      try await body(router, try #require(try await router.templates(sender).first).id)
    }
  }

  @Test func `neither a draft nor a start takes a medium of another account, or one that Meta does not take`()
    async throws
  {
    try await run { router, template in
      let (own, strange, document, large) = (Self.id("A"), Self.id("B"), Self.id("C"), Self.id("D"))
      try await put(own, account: sender.account, router)
      try await put(strange, account: TestSender.stranger, router)
      try await put(document, account: sender.account, type: "application/pdf", router)
      try await put(large, account: sender.account, bytes: 6 << 20, router)
      func make(_ media: MessageMedia) async -> String {
        await reason {
          _ = try await router.caller.call(
            MessagingRouterAPI.CreateBroadcast(
              senderID: sender.id, templateID: template, name: "Sale", headerMedia: media),
            account: sender.account)
        }
      }
      #expect(await make(MessageMedia(mediaID: strange)) == "not_found MEDIA_NOT_FOUND")
      #expect(await make(MessageMedia(mediaID: document)) == "invalid_argument MEDIA_TYPE_NOT_ALLOWED")
      #expect(await make(MessageMedia(mediaID: large)) == "invalid_argument MEDIA_TOO_LARGE")
      #expect(await make(MessageMedia(link: "http://a.example/a.png")) == "invalid_argument LINK_INVALID")
      #expect(try await router.count("broadcasts") == 0)

      let id = try await router.caller.call(
        MessagingRouterAPI.CreateBroadcast(
          senderID: sender.id, templateID: template, name: "Sale", headerMedia: MessageMedia(mediaID: own)),
        account: sender.account
      ).id
      let change = MessagingRouterAPI.UpdateBroadcast(id: id, headerMedia: .set(MessageMedia(mediaID: strange)))
      #expect(
        await reason { _ = try await router.caller.call(change, account: sender.account) }
          == "not_found MEDIA_NOT_FOUND")
      _ = try await router.caller.call(
        MessagingRouterAPI.AddBroadcastRecipients(id: id, recipients: [.init(to: "+4915112345678")]),
        account: sender.account)
      // What was stored before, or has gone since, is looked at again when it starts.
      try await router.database.write { try $0.execute("UPDATE media SET account_id = ?", TestSender.stranger) }
      #expect(
        await reason {
          _ = try await router.caller.call(MessagingRouterAPI.StartBroadcast(id: id), account: sender.account)
        } == "not_found MEDIA_NOT_FOUND")
      #expect(try await router.count("messages") == 0)
    }
  }
}
