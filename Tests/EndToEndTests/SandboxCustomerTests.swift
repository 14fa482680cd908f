import GraphAPI
import JSON
import SandboxWorld
import TestSupport
import Testing

/// What the sandbox's customers do is told as Meta tells it, and understood.
@Suite(.timeLimit(.minutes(1))) struct SandboxCustomerTests {
  /// The updates of the next webhook, as the product reads them.
  private func next(_ scene: SandboxScene) async throws -> [GraphAPI.WebhookUpdate] {
    try WebhookBatch.parse(try await scene.receiver.deliveries.next(within: .seconds(20), "a webhook").bytes)
  }

  private func order(_ scene: SandboxScene, _ path: String, _ body: JSONValue) async throws -> JSONValue {
    let answer = try await scene.client.call("POST", "/control/phones/\(SandboxScene.customer)/\(path)", body)
    #expect(answer.status == 200, "\(path) \(answer.body)")
    return answer.body
  }

  @Test func `a sample of every kind arrives as a customer's message with what belongs to its kind`() async throws {
    let scene = try await SandboxScene.open()
    for kind in SampleMessage.kinds {
      let id = try await order(scene, "samples", ["kind": .string(kind), "about": "wamid.earlier"])["id"]?.string
      guard case .message(let message)? = try await next(scene).first else {
        Issue.record("\(kind) is no message")
        continue
      }
      #expect(message.id == id && message.customer.number == "16505550100" && message.customer.userID != nil)
      let part = kind == "unsupported" ? "errors" : message.type
      #expect(message.node[part] != nil, "\(kind)")
    }
    let refused = try await scene.client.call(
      "POST", "/control/phones/\(SandboxScene.customer)/samples", ["kind": "hologram"])
    #expect(refused.status == 400)
    await scene.end()
  }

  @Test func `a choice, a call, a person's message in the app and a new number are told in their fields`() async throws {
    let scene = try await SandboxScene.open()
    _ = try await order(scene, "preferences", ["value": "stop"])
    guard case .preference(let preference)? = try await next(scene).first else { throw Unexpected() }
    #expect(preference.value == "stop" && preference.category == "marketing_messages")
    #expect(preference.customer.number == "16505550100" && preference.customer.userID != nil)

    _ = try await order(scene, "whatsapp-calls", [:])
    guard case .call(let call)? = try await next(scene).first else { throw Unexpected() }
    #expect(call.isByCustomer && call.customer.number == "16505550100")

    let id = try await order(scene, "echoes", ["text": "I will call you"])["id"]?.string
    guard case .echo(let echo)? = try await next(scene).first else { throw Unexpected() }
    #expect(echo.id == id && echo.type == "text" && echo.customer.number == "16505550100")

    _ = try await order(scene, "change-number", ["new": "+16505550177"])
    guard case .message(let notice)? = try await next(scene).first else { throw Unexpected() }
    #expect(notice.type == "system" && notice.customer.number == "16505550100")
    #expect(notice.node["system"]?["wa_id"]?.string == "16505550177")
    #expect(notice.node["system"]?["user_id"]?.string != notice.customer.userID)
    await scene.end()
  }

  @Test func `somebody who hides the number is told by user id alone, everywhere`() async throws {
    let scene = try await SandboxScene.open()
    _ = try await scene.client.call(
      "PUT", "/control/phones/\(SandboxScene.customer)", ["hides_number": true])
    for (path, body) in [
      ("preferences", ["value": "resume"]), ("whatsapp-calls", [:]), ("echoes", ["text": "hi"]),
      ("samples", ["kind": "location"]),
    ] as [(String, JSONValue)] {
      _ = try await order(scene, path, body)
      let delivery = try await scene.receiver.deliveries.next(within: .seconds(20), "a webhook")
      #expect(!String(decoding: delivery.bytes, as: UTF8.self).contains("16505550100"), "\(path)")
      #expect(!(try WebhookBatch.parse(delivery.bytes)).isEmpty)
    }
    await scene.end()
  }

  private struct Unexpected: Error {}
}
