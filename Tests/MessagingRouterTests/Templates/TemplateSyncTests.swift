import Contracts
import JSON
import MessagingRouter
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport
import Wire

/// The copy of Meta's templates: all pages, what is gone, who shares it, and when it is read.
@Suite struct TemplateSyncTests {
  let sender = TestSender()

  private func run(
    _ senders: [TestSender], _ prepare: (MetaTemplates) -> Void = { _ in },
    _ body: (MessagingRouterHarness, RunningRouter, MetaTemplates) async throws -> Void
  ) async throws {
    try await MessagingRouterHarness.run { harness, router in
      let meta = MetaTemplates(harness)
      prepare(meta)
      for sender in senders { harness.registry.publish(sender) }
      for sender in senders { try await router.knows(sender) }
      try await body(harness, router, meta)
    }
  }

  @Test func `a sender that comes online brings all pages of its account's templates`() async throws {
    try await run([sender], { meta in for number in 0..<7 { meta.put("order_\(number)") } }) { _, router, meta in
      try await router.hasSynced()
      #expect(try await router.templates(sender).map(\.name) == (0..<7).map { "order_\($0)" })
      #expect(meta.count("GET message_templates") == 4)
      let one = try #require(try await router.templates(sender).first)
      #expect(one.status == .approved && one.category == .utility && one.quality == .green)
      #expect(one.wabaID == "waba-1" && one.bodyText == "Your order is ready." && one.syncedAt != nil)
    }
  }

  @Test func `the button tells what is new, changed and gone`() async throws {
    try await run([sender], { meta in for number in 0..<3 { meta.put("order_\(number)", id: "\(number)") } }) {
      harness, router, meta in
      try await router.hasSynced()
      #expect(await reason { try await router.sync(sender) } == "resource_exhausted SYNCED_JUST_NOW")
      harness.time.advance(by: .seconds(10))
      meta.put("order_1", status: "PAUSED", id: "1", quality: "RED")
      meta.remove("2")
      meta.put("order_9")
      let report = try await router.sync(sender)
      #expect(report.total == 3 && report.created == 1 && report.updated == 1 && report.deleted == 1)
      #expect(report.pages == 2)
      let known = try await router.templates(sender)
      #expect(known.map(\.name) == ["order_0", "order_1", "order_9"])
      #expect(known[1].status == .paused && known[1].version == 2 && known[0].version == 1)
      #expect(try await router.templates(sender, status: .deleted).map(\.name) == ["order_2"])
      let history = try await router.events(known[1].id, sender)
      #expect(history.map(\.kind) == [.quality, .status])
      #expect(history.map(\.after) == ["RED", "paused"] && history.allSatisfy { $0.source == .sync })
      harness.time.advance(by: .seconds(10))
      let same = try await router.sync(sender)
      #expect(same.created == 0 && same.updated == 0 && same.deleted == 0)
    }
  }

  @Test func `an entry that cannot be read costs no template here, and what is gone goes with the next whole reading`()
    async throws
  {
    try await run([sender], { meta in for number in 0..<3 { meta.put("order_\(number)", id: "\(number)") } }) {
      harness, router, meta in
      try await router.hasSynced()
      harness.time.advance(by: .seconds(10))
      meta.garble("0")
      meta.remove("2")
      let report = try await router.sync(sender)
      #expect(report.total == 1 && report.deleted == 0)
      #expect(try await router.templates(sender).map(\.name) == ["order_0", "order_1", "order_2"])
      harness.time.advance(by: .seconds(10))
      meta.put("order_0", id: "0")
      #expect(try await router.sync(sender).deleted == 1)
      #expect(try await router.templates(sender).map(\.name) == ["order_0", "order_1"])
    }
  }

  @Test func `it is read again by itself after the interval`() async throws {
    try await run([sender]) { harness, router, meta in
      try await router.hasSynced()
      let before = meta.count("GET message_templates")
      meta.put("order_1")
      harness.time.advance(by: .seconds(4_000))
      router.service.clockWasSet()
      try await eventually("the template is here") { try await router.templates(sender).count == 1 }
      #expect(meta.count("GET message_templates") == before + 1)
    }
  }

  @Test func `two senders of one account share its list, which is read once`() async throws {
    let second = TestSender(2)
    try await run([sender, second], { $0.put("order_1") }) { _, router, meta in
      try await router.hasSynced()
      #expect(try await router.templates(sender).map(\.id) == router.templates(second).map(\.id))
      #expect(try await router.count("templates") == 1)
      #expect(meta.count("GET message_templates") == 1)
    }
  }

  @Test func `two accounts that hold one account at Meta have copies of their own`() async throws {
    let stranger = TestSender(2, account: TestSender.stranger)
    try await run([sender, stranger], { $0.put("order_1", id: "77") }) { harness, router, _ in
      try await router.hasSynced(times: 2)
      let (own, other) = (try await router.templates(sender), try await router.templates(stranger))
      #expect(own.count == 1 && other.count == 1 && own[0].id != other[0].id)
      // One word of Meta reaches both.
      try await router.webhook(
        WebhookBody.changes([
          #"{"field":"message_template_status_update","value":{"event":"PAUSED","message_template_id":77}}"#
        ]))
      try await eventually("both are paused") {
        let mine = try await router.template(own[0].id, sender).status
        let theirs = try await router.template(other[0].id, stranger).status
        return mine == .paused && theirs == .paused
      }
      // And neither sees the other's.
      let caller = router.caller
      let id = own[0].id
      let strange = stranger.account
      #expect(
        await reason { _ = try await caller.call(MessagingRouterAPI.GetTemplate(id: id), account: strange) }
          == "not_found TEMPLATE_NOT_FOUND")
      #expect(
        await reason { _ = try await caller.call(MessagingRouterAPI.ListTemplateEvents(id: id), account: strange) }
          == "not_found TEMPLATE_NOT_FOUND")
      #expect(
        await reason { _ = try await caller.call(MessagingRouterAPI.PreviewTemplate(id: id), account: strange) }
          == "not_found TEMPLATE_NOT_FOUND")
      #expect(
        await reason { _ = try await caller.call(MessagingRouterAPI.DeleteTemplate(id: id), account: strange) }
          == "not_found TEMPLATE_NOT_FOUND")
      #expect(
        await reason { _ = try await caller.call(MessagingRouterAPI.UnpauseTemplate(id: id), account: strange) }
          == "not_found TEMPLATE_NOT_FOUND")
      #expect(
        await reason {
          _ = try await caller.call(MessagingRouterAPI.UpdateTemplate(id: id, category: .marketing), account: strange)
        } == "not_found TEMPLATE_NOT_FOUND")
      #expect(
        await reason {
          _ = try await caller.call(MessagingRouterAPI.ListTemplates(senderID: sender.id), account: strange)
        } == "not_found SENDER_NOT_FOUND")
      #expect(
        await reason {
          _ = try await caller.call(MessagingRouterAPI.SyncTemplates(senderID: sender.id), account: strange)
        } == "not_found SENDER_NOT_FOUND")
      let send = MessagingRouterAPI.SendTemplate(
        senderID: stranger.id, templateID: id, to: RecipientNumber(reading: "+4915112345678"))
      #expect(await reason { _ = try await caller.call(send, account: strange) } == "not_found TEMPLATE_NOT_FOUND")
      _ = harness
    }
  }

  @Test func `a reading that is cut off deletes nothing and begins anew`() async throws {
    try await run([sender], { meta in for number in 0..<3 { meta.put("order_\(number)") } }) { harness, router, meta in
      try await router.hasSynced()
      harness.time.advance(by: .seconds(10))
      meta.use(#"{"1":[{"call_count":97,"total_cputime":1,"total_time":1}]}"#)
      #expect(await reason { try await router.sync(sender) } == "resource_exhausted TEMPLATE_RATE_LIMIT")
      meta.use(nil)
      meta.order("GET message_templates", .error(80_008))
      #expect(await reason { try await router.sync(sender) } == "resource_exhausted TEMPLATE_RATE_LIMIT")
      meta.order("GET message_templates", .error(190))
      #expect(await reason { try await router.sync(sender) } == "failed_precondition TOKEN_INVALID")
      #expect(try await router.templates(sender).count == 3)
    }
  }

  @Test func `a list that comes broken is told as such, and one broken answer is asked for in smaller pages`()
    async throws
  {
    try await run([sender], { meta in for number in 0..<3 { meta.put("order_\(number)") } }) { harness, router, meta in
      try await router.hasSynced()
      harness.time.advance(by: .seconds(10))
      let before = meta.count("GET message_templates")
      // For as long as anybody asks: a caller's connection tries such a call again.
      meta.breakLists(true)
      #expect(await reason { try await router.sync(sender) } == "unavailable META_UNREACHABLE")
      // In three sizes each time, and by nobody else: what was read is not due.
      let tries = meta.count("GET message_templates") - before
      #expect(tries >= 3 && tries % 3 == 0)
      #expect(try await router.templates(sender).count == 3)
      meta.breakLists(false)
      meta.order("GET message_templates", .broken)
      let report = try await router.sync(sender)
      #expect(report.total == 3 && report.deleted == 0)
    }
  }

  @Test func `a status that this version does not know is kept and shown as other`() async throws {
    try await run([sender], { $0.put("order_1", category: "HOLIDAY", status: "RESTING") }) { _, router, _ in
      try await router.hasSynced()
      let template = try #require(try await router.templates(sender).first)
      #expect(template.status == .other && template.metaStatus == "RESTING")
      #expect(template.category == .other && template.metaCategory == "HOLIDAY")
    }
  }
}
