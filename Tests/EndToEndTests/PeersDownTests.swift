import Daemon
import JSON
import SandboxWorld
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// A service that is down costs delay, never data, and only what it owns.
  @Suite struct PeersDownTests {
    @Test(arguments: CommonSettings.services)
    func `a service starts alone, is ready and names the peers it misses`(name: ServiceName) async throws {
      let missing: [ServiceName: Set<String>] = [
        .senderRegistry: ["verifier", "messaging-router", "receipts"], .verifier: ["sender-registry"],
        .messagingRouter: ["sender-registry", "receipts"], .receipts: ["sender-registry"],
      ]
      try await Product.run(starting: [name]) { product in
        #expect(await product.get(product.services.privateURL(name) + "/healthz")?.status == 200)
        let ready = try #require(await product.get(product.services.privateURL(name) + "/readyz"))
        #expect(ready.status == 200)
        let body = try JSONValue(parsing: Array(ready.text.utf8))
        guard case .object(let degraded) = body["degraded"] else {
          Issue.record("no degraded in \(ready.text)")
          return
        }
        #expect(Set(degraded.members.map(\.key)) == missing[name])
      }
    }

    @Test func `with the registry down customers are answered, also by a router that starts without it`() async throws {
      try await Product.run { product in
        let story = product.story
        let shop = try await story.openShop()
        try await product.services.kill(.senderRegistry)
        let first = try await story.converse("One", with: shop)
        try await product.services.restart(.messagingRouter)
        try await product.services.restart(.receipts)
        let second = try await story.converse("Two", with: shop)
        for message in [first, second] { try await story.waitForReceipts(of: message) }
        let ready = await product.get(product.services.privateURL(.messagingRouter) + "/readyz")
        #expect(ready?.status == 200 && ready?.text.contains("sender-registry") == true)
      }
    }

    @Test func `with receipts down replies go out and their events arrive later`() async throws {
      try await Product.run { product in
        let story = product.story
        let shop = try await story.openShop()
        try await product.services.kill(.receipts)
        let reply = try await story.converse("One", with: shop)
        try await eventually(within: .seconds(20), "the router knows that it was read") {
          try await story.call("GET", "/v1/messages/\(reply)")["status"] == "read"
        }
        #expect(story.receipts(of: reply).isEmpty)
        try product.services.launch(.receipts)
        try await story.waitForReceipts(of: reply)
      }
    }

    @Test func `with the router down the front door says so, and Meta's webhooks are taken when it is back`()
      async throws
    {
      try await Product.run { product in
        let story = product.story
        let shop = try await story.openShop()
        try await product.services.kill(.messagingRouter)
        let answer = try await story.api.call("GET", "/v1/assistants", token: story.key)
        #expect(answer.status == 503)
        #expect(answer.body["detail"]?.string?.isEmpty == false && answer.body["code"]?.string?.isEmpty == false)
        #expect(try await story.call("GET", "/v1/senders/\(shop.sender)")["status"] == "online")
        let customer = try #require(PhoneDigits(Story.customer))
        try product.world.customers.send("While you were out", from: customer, to: shop.number)
        try await eventually(within: .seconds(10), "a webhook that nobody takes") {
          product.world.ledger.totals.webhooksFailed > 0
        }
        try product.services.launch(.messagingRouter)
        try await eventually(within: .seconds(30), "the reply") {
          product.world.phones[customer].inbox.contains { $0.text == "You wrote: While you were out" }
        }
      }
    }

    @Test func `with the verifier down a verification is refused as unavailable and nothing else suffers`() async throws
    {
      try await Product.run { product in
        let story = product.story
        let shop = try await story.openShop()
        try await product.services.kill(.verifier)
        let answer = try await story.api.call(
          "POST", "/v1/senders/\(shop.sender)/verifications", ["method": "sms"], token: story.key)
        #expect(answer.status == 503)
        try await story.converse("Still there?", with: shop)
      }
    }
  }
}
