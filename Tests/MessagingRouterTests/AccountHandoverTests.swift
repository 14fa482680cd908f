import Contracts
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Wire

@testable import MessagingRouter

/// What Meta tells of accounts goes to the registry: once, whatever happens on the way.
@Suite struct AccountHandoverTests {
  private static func change(_ field: String, _ value: String) -> String {
    #"{"field":"\#(field)","value":\#(value)}"#
  }

  private static let ban = change("account_update", #"{"event":"DISABLED_UPDATE","note":"1"}"#)
  private static let pin = change("security", #"{"event":"PIN_CHANGED","display_phone_number":"15550001001"}"#)

  @Test func `changes of accounts are handed over as they came, those of templates are not`() async throws {
    try await MessagingRouterHarness.run { harness, router in
      try await router.webhook(
        WebhookBody.changes([
          Self.ban, Self.change("message_template_status_update", #"{"event":"APPROVED"}"#), Self.pin,
        ]))
      let first = try await harness.registry.metaEvents.next("the ban")
      let second = try await harness.registry.metaEvents.next("the PIN")
      #expect(first.field == "account_update" && first.wabaID == "waba-1")
      #expect(first.value == #"{"event":"DISABLED_UPDATE","note":"1"}"#)
      #expect(second.field == "security" && first.eventID != second.eventID)
      #expect(try EventID(parsing: first.eventID.text) == first.eventID)
      try await eventually("all is handed over") { try await router.count("account_outbox") == 0 }
      #expect(harness.registry.metaEvents.count == 0)
    }
  }

  @Test func `the same webhook again makes the same events, another one others`() async throws {
    try await MessagingRouterHarness.run { harness, router in
      let body = WebhookBody.changes([Self.ban, Self.ban])
      for _ in 0..<2 { try await router.webhook(body) }
      try await router.webhook(body + " ")
      var ids: [EventID] = []
      for number in 0..<6 {
        // Those that are still in line are not queued twice; the registry knows the others by their ids.
        guard let event = try? await harness.registry.metaEvents.next(within: .seconds(number < 4 ? 10 : 1)) else {
          break
        }
        ids.append(event.eventID)
      }
      #expect(Set(ids).count == 4)
    }
  }

  @Test func `events wait while the registry fails, and arrive under the same ids`() async throws {
    try await MessagingRouterHarness.run { harness, router in
      let tried = AsyncBox<[EventID]>()
      harness.registry.answeringMeta { events in
        tried.put(events.map(\.eventID))
        throw CallFailure.internal("down")
      }
      try await router.webhook(WebhookBody.changes([Self.ban]))
      let first = try await tried.next("a try")
      harness.registry.answeringMeta { $0.map { _ in .known } }
      try await eventually("handed over") {
        harness.time.advance(by: .seconds(5))
        router.service.clockWasSet()
        return try await router.count("account_outbox") == 0
      }
      #expect(try await harness.registry.metaEvents.next().eventID == first.first)
    }
  }

  @Test func `a refused event is kept aside, one that is too long never leaves`() async throws {
    try await MessagingRouterHarness.run { harness, router in
      harness.registry.answeringMeta { $0.map { $0.field == "security" ? .refused : .stored } }
      let long = Self.change("account_alerts", #"{"x":"\#(String(repeating: "y", count: 70_000))"}"#)
      try await router.webhook(WebhookBody.changes([Self.pin, long, Self.ban]))
      try await eventually("dealt with") {
        try await router.text(
          """
          SELECT (SELECT count(*) FROM account_outbox WHERE state = 'ready') + (SELECT count(*) FROM inbox)
            + (SELECT count(*) FROM account_outbox WHERE state = 'dead') * 100
          """) == ["100"]
      }
      #expect(try await router.text("SELECT state FROM account_outbox") == ["dead"])
      #expect(try await router.text("SELECT reason FROM inbox_poison").first?.contains("not handed over") == true)
    }
  }
}
