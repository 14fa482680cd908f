import JSON
import SandboxWorld
import TestSupport
import Testing

/// Webhooks as Meta delivers them: signed, again until 200, concurrent, batched.
@Suite(.timeLimit(.minutes(1))) struct SandboxWebhookTests {
  @Test func `webhooks are signed over their escaped bytes`() async throws {
    let scene = try await SandboxScene.open()
    _ = try await scene.client.call("PUT", "/control/phones/16505550100", ["name": "Zoë"])
    _ = try await scene.client.call("POST", "/control/phones/16505550100/messages", ["text": "äöå 😀"])
    let delivery = try await scene.receiver.deliveries.next()
    #expect(delivery.isSigned)
    #expect(delivery.bytes.allSatisfy { $0 < 0x80 })
    #expect(String(decoding: delivery.bytes, as: UTF8.self).contains("\\u00e4\\u00f6\\u00e5 \\ud83d\\ude00"))
    let value = try #require(delivery.values.first)
    #expect(value["metadata"]?["display_phone_number"] == "15550001111")
    #expect(value["contacts"]?[0]?["profile"]?["name"] == "Zoë")
    #expect(value["messages"]?[0]?["text"]?["body"] == "äöå 😀")
    #expect(value["messages"]?[0]?["from_user_id"] == value["contacts"]?[0]?["user_id"])
    await scene.end()
  }

  @Test func `a webhook comes again with the same bytes until it is answered 200`() async throws {
    let scene = try await SandboxScene.open(answers: [500, 201])
    _ = try await scene.client.call("POST", "/control/phones/16505550100/messages", ["text": "hi"])
    var bodies: [[UInt8]] = []
    for _ in 0..<3 { bodies.append(try await scene.receiver.deliveries.next().bytes) }
    #expect(bodies[0] == bodies[1] && bodies[1] == bodies[2])
    try await eventually("the ledger knows") { scene.world.ledger.totals.inboundAcknowledged == 1 }
    #expect(scene.world.ledger.totals.webhooksFailed == 2)
    #expect(scene.world.ledger.inbound(limit: 10).page.first?.attempts == 3)
    await scene.end()
  }

  @Test func `a burst arrives completely in batches`() async throws {
    let scene = try await SandboxScene.open(answers: [503])
    _ = try await scene.client.call(
      "PUT", "/control/webhooks", ["max_batch": 50, "shuffle": true, "paused": true, "concurrency": 4])
    _ = try await scene.client.call(
      "POST", "/control/customers/burst", ["count": 400, "customers": 40, "text_prefix": "burst"])
    _ = try await scene.client.call("PUT", "/control/webhooks", ["paused": false])
    var ids: Set<String> = []
    var largest = 0
    while ids.count < 400 {
      let messages = try await scene.receiver.deliveries.next().messages
      largest = max(largest, messages.count)
      ids.formUnion(messages.compactMap { $0["id"]?.string })
    }
    #expect(largest == 50)
    try await eventually("all acknowledged") { scene.world.ledger.totals.inboundAcknowledged == 400 }
    await scene.end()
  }

  @Test func `what a dead receiver missed reaches the one that takes its place`() async throws {
    let scene = try await SandboxScene.open()
    try await scene.openWindow()
    await scene.receiver.stop()
    for index in 1...20 {
      _ = try await scene.client.call("POST", "/control/phones/16505550100/messages", ["text": "\(index)"])
    }
    try await eventually("some failed") { scene.world.ledger.totals.webhooksFailed >= 20 }
    let next = try await WebhookReceiver(port: scene.receiver.port)
    var texts: Set<String> = []
    while texts.count < 20 {
      let messages = try await next.deliveries.next(within: .seconds(20), "a missed message").messages
      texts.formUnion(messages.compactMap { $0["text"]?["body"]?.string })
    }
    try await eventually("all acknowledged") { scene.world.ledger.totals.inboundAcknowledged == 21 }
    await next.stop()
    await scene.world.stop()
  }

  @Test func `account events and raw bytes are delivered signed`() async throws {
    let scene = try await SandboxScene.open()
    let event: JSONValue = [
      "waba_id": .string(scene.accountID), "field": "account_update", "value": ["event": "ACCOUNT_DELETED"],
    ]
    _ = try await scene.client.call("POST", "/control/webhooks/event", event)
    let told = try await scene.receiver.deliveries.next()
    #expect(told.isSigned && told.body["entry"]?[0]?["changes"]?[0]?["field"] == "account_update")
    #expect(told.values.first?["event"] == "ACCOUNT_DELETED")
    _ = try await scene.client.call("POST", "/control/webhooks/raw", ["entry": [nil]])
    let raw = try await scene.receiver.deliveries.next()
    #expect(raw.isSigned && raw.body == ["entry": [nil]])
    await scene.end()
  }

  @Test func `a habit leaves delivered out and another withholds every status`() async throws {
    let scene = try await SandboxScene.open()
    try await scene.openWindow()
    _ = try await scene.client.call("PUT", "/control/webhooks", ["skip_delivered": 1])
    _ = try await scene.send(scene.client.text("a", to: SandboxScene.customer))
    let names = try await scene.receiver.statuses(2).compactMap { $0["status"]?.string }
    #expect(Set(names) == ["sent", "read"])
    _ = try await scene.client.call("PUT", "/control/webhooks", ["statuses": false])
    _ = try await scene.send(scene.client.text("b", to: SandboxScene.customer))
    #expect(await scene.world.webhooks.pending() == 0)
    #expect(scene.world.ledger.totals.statusesMade == 2)
    await scene.end()
  }

  @Test func `ordered webhook faults duplicate and forge deliveries`() async throws {
    let scene = try await SandboxScene.open()
    try scene.world.faults.order(Fault(.duplicate, at: "webhooks.inbound"))
    try scene.world.faults.order(Fault(.wrongSignature, at: "webhooks"))
    for _ in 0..<2 {
      _ = try await scene.client.call("POST", "/control/phones/16505550100/messages", ["text": "twice"])
    }
    var deliveries: [WebhookReceiver.Delivery] = []
    for _ in 0..<3 { deliveries.append(try await scene.receiver.deliveries.next()) }
    #expect(deliveries.filter(\.isSigned).count == 2)
    #expect(Set(deliveries.filter(\.isSigned).map { $0.messages.first?["id"]?.string }).count == 1)
    await scene.end()
  }
}
