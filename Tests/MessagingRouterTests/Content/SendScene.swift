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

/// A sender with an open window and two templates, and how a test sends with it.
protocol SendScene {
  var sender: TestSender { get }
}

extension SendScene {
  static var customer: PhoneNumber { PhoneNumber(trusted: "+4915112345678") }

  func run(_ body: (MessagingRouterHarness, RunningRouter) async throws -> Void) async throws {
    try await MessagingRouterHarness.run { harness, router in
      let meta = MetaTemplates(harness)
      meta.put("hello", language: "de")
      meta.put("offer", language: "de", category: "MARKETING")
      harness.registry.publish(sender)
      try await router.knows(sender)
      try await router.hasSynced()
      try await router.open(sender, id: "wamid.in")
      try await body(harness, router)
    }
  }

  func send(
    _ router: RunningRouter, _ change: (inout MessagingRouterAPI.SendMessage) -> Void
  ) async throws(CallFailure) -> Message {
    var call = MessagingRouterAPI.SendMessage(senderID: sender.id, to: Self.customer)
    change(&call)
    return try await router.caller.call(call, account: sender.account)
  }

  func refusal(_ body: () async throws(CallFailure) -> Void) async -> CallFailure? {
    do throws(CallFailure) {
      try await body()
      return nil
    } catch {
      return error
    }
  }

  func inbound(_ router: RunningRouter) async throws -> MessageID {
    MessageID(trusted: try #require(try await router.text("SELECT id FROM messages WHERE direction = 'inbound'").first))
  }

  static func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }
}
