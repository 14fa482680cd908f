import Contracts
import Daemon
import JSON
import MessagingRouter
import SandboxWorld
import SenderRegistry
import Telemetry
import TestSupport
import Testing
import Verifier
import Wire

extension EndToEnd {
  /// The main job: a number goes online, a customer is answered, the business hears of it.
  @Suite struct MainJobTests {
    @Test func `a verified number goes online, its customer is answered and the business gets signed receipts`()
      async throws
    {
      try await Product.run { product in
        let story = product.story
        let shop = try await story.openShop()
        let reply = try await story.converse("Are you open today?", with: shop)
        #expect(reply.hasPrefix("msg_"))
        try await story.waitForReceipts(of: reply)
        let steps = try await story.call("GET", "/v1/senders/\(shop.sender)/steps")
        #expect(steps["data"]?.array?.allSatisfy { $0["state"] == "done" || $0["state"] == "skipped" } == true)
        let message = try await story.call("GET", "/v1/messages/\(reply)")
        #expect(message["status"] == "read" && message["meta_message_id"] != nil)
        #expect(product.world.ledger.totals.receiptsRefused == 0)
        #expect(product.world.ledger.repeatedCallbackData.isEmpty)
      }
    }

    @Test func `a number that Meta has not verified goes online with the code its owner types`() async throws {
      try await Product.run { product in
        let story = product.story
        let sender = try await story.connect("+15550100002", isVerified: false)
        try await story.waitForCodeNeeded(sender)
        #expect(try await story.call("GET", "/v1/senders/\(sender)")["status"] == "pending")
        _ = try await story.typeCode(sender, number: "+15550100002")
        try await story.wait(for: "online", of: sender)
        #expect(product.world.ledger.totals.codesSent == 1)
      }
    }

    @Test func `an operator's message reaches the customer once, however often the call is repeated`() async throws {
      try await Product.run { product in
        let story = product.story
        let shop = try await story.openShop()
        try await story.converse("hello", with: shop)
        let body: JSONValue = [
          "sender_id": .string(shop.sender), "to": .string(Story.customer), "text": "Your order is ready.",
        ]
        var ids: Set<String> = []
        for _ in 0..<3 {
          let request = try story.request("POST", "/v1/messages", body, idempotencyKey: "order-1")
          let answer = try await story.api.send(request)
          #expect(answer.status == 202)
          if let id = answer.body["id"]?.string { ids.insert(id) }
        }
        let id = try #require(ids.first)
        #expect(ids.count == 1)
        try await story.waitForReceipts(of: id)
        #expect(product.world.ledger.tally(callbackData: id) == Ledger.Tally(arrived: 1, accepted: 1))
      }
    }

    @Test func `three services share one process and the main job still runs`() async throws {
      // The egress guard of receipts is the process's proxy, so that service keeps a process of its own.
      try await Product.run(starting: [.receipts]) { product in
        let services = product.services
        let lines = CollectedLines()
        let registry = try Self.host(SenderRegistryService.self, services, lines)
        let verifier = try Self.host(VerifierService.self, services, lines)
        let router = try Self.host(MessagingRouterService.self, services, lines)
        do {
          try await registry.start()
          try await verifier.start()
          try await router.start()
          let shop = try await product.story.openShop()
          let reply = try await product.story.converse("One process?", with: shop)
          try await product.story.waitForReceipts(of: reply)
        } catch {
          for line in lines.all.suffix(40) { print(line) }
          Issue.record(error)
        }
        await router.stop(within: .seconds(5))
        await verifier.stop(within: .seconds(5))
        await registry.stop(within: .seconds(5))
      }
    }

    private static func host<Service: ServiceDefinition>(
      _: Service.Type, _ services: ServiceProcesses, _ lines: CollectedLines
    ) throws -> ServiceHost<Service> {
      let plan = try LaunchPlan<Service>(SettingsSources(environment: services.environment(Service.name)))
      let log = Log(service: Service.name.rawValue, level: .info, sink: .collecting(into: lines))
      return try ServiceHost(plan, log: log)
    }
  }
}
