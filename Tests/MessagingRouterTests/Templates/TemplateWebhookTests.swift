import Contracts
import JSON
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Wire

/// Meta's words about templates: each field, once, in whatever order.
@Suite struct TemplateWebhookTests {
  let sender = TestSender()

  private func run(
    _ body: (MessagingRouterHarness, RunningRouter, MetaTemplates, Template) async throws -> Void
  ) async throws {
    try await MessagingRouterHarness.run { harness, router in
      let meta = MetaTemplates(harness)
      meta.put("order_1", id: "594425479261596")
      harness.registry.publish(sender)
      try await router.hasSynced()
      try await body(harness, router, meta, try #require(try await router.templates(sender).first))
    }
  }

  private func webhook(_ field: String, _ members: String) -> String {
    WebhookBody.changes([
      #"{"field":"\#(field)","value":{"message_template_id":594425479261596,"message_template_name":"order_1","message_template_language":"en_US",\#(members)}}"#
    ])
  }

  @Test(arguments: [
    ("APPROVED", TemplateStatus.approved), ("REJECTED", .rejected), ("PENDING", .pending), ("PAUSED", .paused),
    ("DISABLED", .disabled), ("IN_APPEAL", .inAppeal), ("PENDING_DELETION", .pendingDeletion), ("DELETED", .deleted),
    ("LIMIT_EXCEEDED", .limitExceeded), ("ARCHIVED", .archived), ("UNARCHIVED", .approved), ("REINSTATED", .approved),
    ("FLAGGED", .approved), ("LOCKED", .approved), ("HIBERNATING", .other),
  ]) func `every event of a status is taken`(_ event: String, _ status: TemplateStatus) async throws {
    try await run { _, router, _, template in
      try await router.webhook(
        webhook("message_template_status_update", #""event":"\#(event)","reason":"ABUSIVE_CONTENT""#))
      let isNews = status != .approved || event == "FLAGGED" || event == "LOCKED"
      try await eventually("it is taken") {
        try await router.text("SELECT count(*) FROM template_events") == ["1"]
      }
      let events = try await router.events(template.id, sender)
      #expect(events.count == (isNews ? 1 : 0))
      #expect(try await router.template(template.id, sender).status == status)
      if isNews { #expect(events[0].source == .webhook && events[0].reason == "ABUSIVE_CONTENT") }
    }
  }

  @Test func `a rejection and a pause tell why and until when`() async throws {
    try await run { _, router, _, template in
      try await router.webhook(
        webhook(
          "message_template_status_update",
          #""event":"REJECTED","reason":"INVALID_FORMAT","rejection_info":{"reason":"r","recommendation":"Change it."}"#
        ))
      try await eventually("it is rejected") { try await router.template(template.id, sender).status == .rejected }
      #expect(try await router.template(template.id, sender).rejectedReason == "INVALID_FORMAT")
      #expect(try await router.events(template.id, sender).first?.details == "Change it.")
      try await router.webhook(
        webhook(
          "message_template_status_update",
          #""event":"PAUSED","reason":"NONE","other_info":{"title":"FIRST_PAUSE","description":"for 3 hours"}"#))
      try await eventually("it is paused") { try await router.template(template.id, sender).status == .paused }
      let paused = try await router.template(template.id, sender)
      #expect(paused.pause?.title == "FIRST_PAUSE" && paused.pause?.description == "for 3 hours")
      #expect(paused.rejectedReason == nil)
      let history = try await router.events(template.id, sender)
      #expect(history.map(\.after) == ["paused", "rejected"] && history.map(\.before) == ["rejected", "approved"])
    }
  }

  @Test func `quality, category and words are taken, each with its history`() async throws {
    try await run { _, router, meta, template in
      try await router.webhook(
        webhook("message_template_quality_update", #""previous_quality_score":"GREEN","new_quality_score":"YELLOW""#))
      try await eventually("the quality") { try await router.template(template.id, sender).quality == .yellow }
      try await router.webhook(
        webhook("template_category_update", #""previous_category":"UTILITY","new_category":"MARKETING""#))
      try await eventually("the category") { try await router.template(template.id, sender).category == .marketing }
      try await router.webhook(
        webhook("template_category_update", #""new_category":"MARKETING","correct_category":"UTILITY""#))
      try await eventually("the announcement") {
        try await router.template(template.id, sender).correctCategory == "UTILITY"
      }
      #expect(try await router.template(template.id, sender).category == .marketing)
      meta.put(
        "order_1", category: "MARKETING", id: "594425479261596",
        components: [["type": "BODY", "text": "Your parcel is ready."]], quality: "YELLOW")
      try await router.webhook(
        webhook("message_template_components_update", #""message_template_element":"Your parcel is ready.""#))
      try await eventually("the words, read at Meta") {
        try await router.template(template.id, sender).bodyText == "Your parcel is ready."
      }
      #expect(meta.count("GET 594425479261596") == 1)
      let kinds = try await router.events(template.id, sender).map(\.kind)
      #expect(Set(kinds) == [.quality, .category, .components])
    }
  }

  @Test func `a webhook that comes again undoes nothing`() async throws {
    try await run { _, router, _, template in
      let approved = webhook("message_template_status_update", #""event":"APPROVED""#)
      try await router.webhook(approved)
      try await router.webhook(webhook("message_template_status_update", #""event":"DISABLED""#))
      try await eventually("it is disabled") { try await router.template(template.id, sender).status == .disabled }
      try await router.webhook(approved)
      try await router.isQuiet()
      #expect(try await router.template(template.id, sender).status == .disabled)
      #expect(try await router.events(template.id, sender).count == 1)
    }
  }

  @Test func `one about a template that is not known here brings the whole list`() async throws {
    try await run { _, router, meta, _ in
      let before = meta.count("GET message_templates")
      meta.put("order_2", id: "5")
      try await router.webhook(
        WebhookBody.changes([
          #"{"field":"message_template_status_update","value":{"event":"APPROVED","message_template_id":"5"}}"#
        ]))
      try await eventually("it is here") { try await router.templates(sender).count == 2 }
      #expect(meta.count("GET message_templates") == before + 1)
    }
  }

  @Test func `what Meta does not document is kept aside, and the rest of the body is taken`() async throws {
    try await run { _, router, _, template in
      let bad = #"{"field":"message_template_quality_update","value":{"message_template_id":594425479261596}}"#
      let good =
        #"{"field":"message_template_quality_update","value":{"message_template_id":594425479261596,"new_quality_score":"RED"}}"#
      try await router.webhook(WebhookBody.changes([bad, good]))
      try await eventually("the good one") { try await router.template(template.id, sender).quality == .red }
      #expect(try await router.count("inbox_poison") == 1)
    }
  }
}
