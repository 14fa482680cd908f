import Contracts
import JSON
import MessagingRouter
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport
import Wire

/// Creating, editing, deleting and unpausing at Meta: once, whatever happens to the answer.
@Suite struct TemplateChangeTests {
  let sender = TestSender()

  private func run(
    _ body: (MessagingRouterHarness, RunningRouter, MetaTemplates) async throws -> Void
  ) async throws {
    try await MessagingRouterHarness.run { harness, router in
      let meta = MetaTemplates(harness)
      harness.registry.publish(sender)
      try await router.hasSynced()
      try await body(harness, router, meta)
    }
  }

  private func creation(_ name: String = "order_ready", text: String = "Your order is ready.")
    -> MessagingRouterAPI.CreateTemplate
  {
    MessagingRouterAPI.CreateTemplate(
      senderID: sender.id, name: name, language: "en_US", category: .utility,
      components: [TemplateComponent(.body, text: text)])
  }

  private func create(
    _ router: RunningRouter, _ call: MessagingRouterAPI.CreateTemplate, key: String? = nil
  ) async throws(CallFailure) -> Template {
    try await router.caller.call(call, account: sender.account, key: key)
  }

  @Test func `a template is made at Meta and pending until it decides`() async throws {
    try await run { _, router, meta in
      let made = try await create(router, creation(text: "A discount for you."))
      #expect(made.status == .pending && made.metaTemplateID == "9001" && made.warnings?.count == 1)
      #expect(meta.names == ["order_ready"])
      #expect(try await router.events(made.id, sender).map(\.kind) == [.created])
      #expect(await reason { _ = try await create(router, creation()) } == "already_exists TEMPLATE_EXISTS")
      #expect(meta.count("POST message_templates") == 1)
    }
  }

  @Test func `what is wrong is told with nothing asked of Meta`() async throws {
    try await run { _, router, meta in
      do {
        _ = try await create(router, creation(text: "{{1}} is {{2}}"))
        Issue.record("it was taken")
      } catch let error as CallFailure {
        #expect(error.reason == "TEMPLATE_INVALID")
        #expect(error.details?["field"]?.string == "components[0].text")
        #expect((error.details?["problems"]?.array?.count ?? 0) > 2)
      }
      #expect(meta.count("POST message_templates") == 0)
      #expect(try await router.count("templates") == 0)
    }
  }

  @Test func `a creation whose answer was lost is found at Meta and not made twice`() async throws {
    try await run { _, router, meta in
      meta.order("POST message_templates", .lost)
      let made = try await create(router, creation(), key: "k")
      #expect(made.status == .pending && made.metaTemplateID == "9001")
      #expect(try await create(router, creation(), key: "k") == made)
      #expect(meta.count("POST message_templates") == 1 && meta.names == ["order_ready"])
    }
  }

  @Test func `one that cannot be settled at once stays a draft, and the next reading settles it`() async throws {
    try await run { harness, router, meta in
      meta.order("POST message_templates", .lost)
      meta.order("GET message_templates", .broken)
      let made = try await create(router, creation())
      #expect(made.status == .draft)
      #expect(await reason { _ = try await create(router, creation()) } == "already_exists TEMPLATE_EXISTS")
      // And one that never arrived.
      meta.order("POST message_templates", .broken)
      let other = try await create(router, creation("order_late"))
      #expect(other.status == .draft)
      harness.time.advance(by: .seconds(90))
      // Whoever reads next: this call, or the loop, which has seen that time has passed.
      _ = await reason { _ = try await router.sync(sender) }
      try await eventually("it is settled") {
        let found = [try await router.template(made.id, sender), try await router.template(other.id, sender)]
        return found.map(\.status) == [.pending, .deleted]
      }
      _ = try await create(router, creation("order_late"))
      #expect(meta.names == ["order_ready", "order_late"])
    }
  }

  @Test func `a service that dies while Meta works settles it after its start`() async throws {
    try await run { harness, router, meta in
      let latch = Latch()
      meta.order("POST message_templates", .held(latch))
      async let first = reason { _ = try await create(router, creation(), key: "k") }
      try await eventually("it has begun") { meta.count("POST message_templates") == 1 }
      await router.stop()
      latch.open()
      _ = await first
      let again = try await harness.start()
      try await again.knows(sender)
      // Meta made it. The repeat gets what is known, and nothing is asked a second time.
      let early = try await create(again, creation(), key: "k")
      #expect(early.status == .draft || early.status == .pending)
      harness.time.advance(by: .seconds(90))
      again.service.clockWasSet()
      try await eventually("it is found") { try await again.template(early.id, sender).status == .pending }
      #expect(meta.count("POST message_templates") == 1 && meta.names == ["order_ready"])
    }
  }

  @Test(arguments: [
    (2_388_040, "invalid_argument TEMPLATE_REFUSED"), (2_388_047, "invalid_argument TEMPLATE_REFUSED"),
    (2_388_072, "invalid_argument TEMPLATE_REFUSED"), (2_388_073, "invalid_argument TEMPLATE_REFUSED"),
    (2_388_293, "invalid_argument TEMPLATE_REFUSED"), (2_388_299, "invalid_argument TEMPLATE_REFUSED"),
    (2_388_019, "failed_precondition TEMPLATE_LIMIT_REACHED"), (2_388_024, "already_exists TEMPLATE_EXISTS"),
    (2_388_023, "failed_precondition TEMPLATE_NAME_BLOCKED"), (1, "invalid_argument TEMPLATE_REFUSED"),
  ]) func `Meta's refusal is told, and the name is free again`(_ subcode: Int, _ expected: String) async throws {
    try await run { (_, router, meta) async throws in
      meta.order("POST message_templates", .error(100, subcode: subcode))
      #expect(await reason { _ = try await create(router, creation(), key: "k") } == expected)
      // The same for a repeat, with nothing asked again.
      #expect(await reason { _ = try await create(router, creation(), key: "k") } == expected)
      #expect(meta.count("POST message_templates") == 1)
      #expect(try await router.templates(sender).isEmpty)
      #expect(try await create(router, creation()).status == .pending)
    }
  }

  @Test func `Meta's limit of creations is passed on with its wait`() async throws {
    try await run { _, router, meta in
      meta.order("POST message_templates", .error(80_008))
      do {
        _ = try await create(router, creation())
        Issue.record("it was taken")
      } catch let error as CallFailure {
        #expect(error.reason == "TEMPLATE_RATE_LIMIT" && error.retry == .afterMilliseconds(60_000))
      }
    }
  }

  private func edit(_ template: Template, _ text: String, category: TemplateCategory? = nil)
    -> MessagingRouterAPI.UpdateTemplate
  {
    MessagingRouterAPI.UpdateTemplate(
      id: template.id, category: category, components: [TemplateComponent(.body, text: text)])
  }

  @Test func `an approved template is edited once in 24 hours, and its category stays`() async throws {
    try await run { harness, router, meta in
      let id = meta.put("order_1")
      harness.time.advance(by: .seconds(10))
      try await router.sync(sender)
      let template = try #require(try await router.templates(sender).first)
      let caller = router.caller
      #expect(
        await reason {
          _ = try await caller.call(edit(template, "Come and get it.", category: .marketing), account: sender.account)
        }
          == "invalid_argument CATEGORY_FIXED")
      var stale = edit(template, "Come and get it.")
      stale.ifVersion = 7
      let old = stale
      #expect(await reason { _ = try await caller.call(old, account: sender.account) } == "aborted VERSION_CHANGED")
      let edited = try await caller.call(edit(template, "Come and get it."), account: sender.account)
      #expect(edited.status == .pending && edited.bodyText == "Come and get it.")
      #expect(
        await reason { _ = try await caller.call(edit(template, "Again."), account: sender.account) }
          == "failed_precondition TEMPLATE_NOT_EDITABLE")
      meta.put("order_1", id: id, components: [["type": "BODY", "text": "Come and get it."]])
      harness.time.advance(by: .seconds(10))
      try await router.sync(sender)
      #expect(
        await reason { _ = try await caller.call(edit(template, "Again."), account: sender.account) }
          == "resource_exhausted TEMPLATE_EDITED_TOO_OFTEN")
      harness.time.advance(by: .seconds(86_400))
      _ = try await caller.call(edit(template, "Again."), account: sender.account)
      #expect(meta.count("POST \(id)") == 2)
      #expect(try await router.events(template.id, sender).count { $0.kind == .edited } == 2)
    }
  }

  @Test func `an edit whose answer was lost is settled by reading`() async throws {
    try await run { harness, router, meta in
      let id = meta.put("order_1", status: "REJECTED")
      harness.time.advance(by: .seconds(10))
      try await router.sync(sender)
      let template = try #require(try await router.templates(sender).first)
      meta.order("POST \(id)", .lost)
      let edited = try await router.caller.call(edit(template, "Come and get it."), account: sender.account)
      #expect(edited.status == .pending && edited.bodyText == "Come and get it.")
      meta.put("order_1", status: "REJECTED", id: id)
      harness.time.advance(by: .seconds(70))
      try await router.sync(sender)
      meta.order("POST \(id)", .error(100, subcode: 2_388_072))
      #expect(
        await reason { _ = try await router.caller.call(edit(template, "No."), account: sender.account) }
          == "invalid_argument TEMPLATE_REFUSED")
      #expect(try await router.template(template.id, sender).status == .rejected)
    }
  }

  @Test func `one language is deleted, or all of a name`() async throws {
    try await run { harness, router, meta in
      for language in ["de", "en_US", "fr"] { meta.put("order_1", language: language) }
      meta.put("order_2", status: "DISABLED")
      harness.time.advance(by: .seconds(10))
      try await router.sync(sender)
      let all = try await router.templates(sender)
      let caller = router.caller
      _ = try await caller.call(MessagingRouterAPI.DeleteTemplate(id: all[0].id), account: sender.account)
      #expect(try await router.templates(sender).map(\.language) == ["en_US", "fr", "en_US"])
      meta.order("DELETE message_templates", .lost)
      _ = try await caller.call(
        MessagingRouterAPI.DeleteTemplate(id: all[1].id, allLanguages: true), account: sender.account)
      #expect(try await router.templates(sender).map(\.name) == ["order_2"])
      #expect(meta.names == ["order_2"])
      #expect(
        await reason {
          _ = try await caller.call(MessagingRouterAPI.DeleteTemplate(id: all[3].id), account: sender.account)
        }
          == "failed_precondition TEMPLATE_DISABLED")
      // Gone is gone: a second time does nothing.
      _ = try await caller.call(MessagingRouterAPI.DeleteTemplate(id: all[0].id), account: sender.account)
      #expect(meta.count("DELETE message_templates") == 2)
    }
  }

  @Test func `a pause is ended at Meta, and only a pause`() async throws {
    try await run { harness, router, meta in
      meta.put("order_1", status: "PAUSED")
      meta.put("order_2", status: "REJECTED")
      harness.time.advance(by: .seconds(10))
      try await router.sync(sender)
      let all = try await router.templates(sender)
      let ended = try await router.caller.call(
        MessagingRouterAPI.UnpauseTemplate(id: all[0].id), account: sender.account)
      #expect(ended.status == .approved && meta.count("POST unpause") == 1)
      #expect(
        await reason {
          _ = try await router.caller.call(MessagingRouterAPI.UnpauseTemplate(id: all[1].id), account: sender.account)
        }
          == "failed_precondition TEMPLATE_NOT_PAUSED")
    }
  }
}
