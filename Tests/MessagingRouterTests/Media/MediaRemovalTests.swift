import Contracts
import HTTP
import MessagingRouterHarness
import Outbound
import Store
import TestSupport
import Testing
import Transport
import Wire

@testable import MessagingRouter

/// Copies at Meta of what a business sent to somebody who is erased.
@Suite struct MediaRemovalTests {
  let sender = TestSender()
  private static let ann = "4915112345678"
  private static let ben = "4915187654321"

  /// Uploads a file and sends it to some people; each has written before.
  private func send(
    to people: [String], _ harness: MessagingRouterHarness, _ router: RunningRouter
  ) async throws -> MediaID {
    let announced = try await router.caller.call(
      MessagingRouterAPI.CreateMedia(senderID: sender.id, mimeType: "application/pdf", filename: "bill.pdf"),
      account: sender.account)
    let link = try #require(announced.uploadURL)
    #expect(try await router.fetch(link, method: "PUT", body: SampleMedia.pdf).status == 200)
    for person in people {
      let known = try await router.text("SELECT 1 FROM contacts WHERE phone_number = '+\(person)'")
      if known.isEmpty { try await router.open(sender, from: person) }
      let id = try await router.caller.call(
        MessagingRouterAPI.SendMessage(
          senderID: sender.id, to: PhoneNumber(trusted: "+" + person),
          document: MessageMedia(mediaID: announced.id)), account: sender.account
      ).id.text
      try await router.becomes(id, "accepted")
    }
    return announced.id
  }

  private func erase(_ person: String, _ harness: MessagingRouterHarness, _ router: RunningRouter) async throws {
    let found = try await router.text("SELECT id FROM contacts WHERE phone_number = '+\(person)'")
    let contact = ContactID(trusted: try #require(found.first))
    try await router.erase(contact, of: sender, harness.time)
  }

  private func run(_ body: (MessagingRouterHarness, RunningRouter, PlayedMedia) async throws -> Void) async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let meta = PlayedMedia(harness.graph)
      meta.acceptsMessages()
      try await body(harness, router, meta)
    }
  }

  @Test func `what only one person was sent is removed at Meta when that person is erased`() async throws {
    try await run { harness, router, meta in
      let id = try await send(to: [Self.ann], harness, router)
      #expect(try await router.count("media_uses") == 1)
      try await erase(Self.ann, harness, router)
      try await eventually("Meta has removed it") { meta.removals == ["up-1 of pn-1"] }
      try await eventually("nothing is left to do") { try await router.count("media_removals") == 0 }
      let left = (try await router.count("media_uses"), try await router.count("media_uploads"))
      #expect(left == (0, 0))
      // The business's own file is the business's: sent to somebody else, it is uploaded again.
      #expect(try await router.media(id).state == .available)
      try await router.open(sender, from: Self.ben)
      _ = try await router.caller.call(
        MessagingRouterAPI.SendMessage(
          senderID: sender.id, to: PhoneNumber(trusted: "+" + Self.ben), document: MessageMedia(mediaID: id)),
        account: sender.account)
      try await eventually("uploaded again") { meta.uploads.count == 2 }
    }
  }

  @Test func `what others were sent as well stays until the last of them is erased`() async throws {
    try await run { harness, router, meta in
      _ = try await send(to: [Self.ann, Self.ben], harness, router)
      try await erase(Self.ann, harness, router)
      #expect(try await router.count("media_uploads") == 1)
      #expect(meta.removals == [])
      try await erase(Self.ben, harness, router)
      try await eventually("Meta has removed it") { meta.removals == ["up-1 of pn-1"] }
    }
  }

  @Test func `a removal that fails is tried again, also after a new start, until Meta drops it by itself`() async throws
  {
    try await run { harness, router, meta in
      meta.refuseRemovals(503)
      _ = try await send(to: [Self.ann], harness, router)
      try await erase(Self.ann, harness, router)
      try await eventually("tried") {
        try await router.text("SELECT attempts >= 1 FROM media_removals") == ["1"]
      }
      await router.stop()
      let again = try await harness.start()
      let tries = meta.removals.count
      harness.time.advance(by: .seconds(86_400))
      again.service.clockWasSet()
      try await eventually("tried again") { meta.removals.count > tries }
      harness.time.advance(by: .seconds(30 * 86_400))
      again.service.clockWasSet()
      try await eventually("given up") { try await again.count("media_removals") == 0 }
    }
  }

  @Test func `one that Meta does not have any more is done`() async throws {
    try await run { harness, router, meta in
      meta.refuseRemovals(404)
      _ = try await send(to: [Self.ann], harness, router)
      try await erase(Self.ann, harness, router)
      try await eventually("tried") { meta.removals.count == 1 }
      try await eventually("done") { try await router.count("media_removals") == 0 }
    }
  }
}
