import JSON
import SandboxWorld
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// A send whose answer was lost is never made again by itself.
  @Suite struct UnknownSendTests {
    @Test func `a send that Meta read without answering is unknown until its status webhook settles it`() async throws {
      try await Product.run { product in
        let story = product.story
        let shop = try await story.openShop()
        // The statuses wait behind a pause, so that the time in between can be looked at.
        try await Self.pauseWebhooks(product, true, after: shop)
        let message = try await Self.loseAnswer(product, shop)
        #expect(try await Self.status(message, story) == "unknown")
        #expect(product.world.ledger.tally(callbackData: message) == Ledger.Tally(arrived: 1, accepted: 1))
        try await Self.pauseWebhooks(product, false, after: shop)
        try await eventually(within: .seconds(20), "the status settles it") {
          try await Self.status(message, story) == "read"
        }
        try await story.waitForReceipts(of: message)
        let view = try await story.call("GET", "/v1/messages/\(message)")
        #expect(view["meta_message_id"]?.string?.hasPrefix("wamid.") == true)
        #expect(product.world.ledger.tally(callbackData: message).arrived == 1)
      }
    }

    @Test func `without a status webhook it stays unknown and is not sent again, not even after a restart`()
      async throws
    {
      try await Product.run { product in
        let story = product.story
        let shop = try await story.openShop()
        var habits = await product.world.webhooks.currentHabits()
        habits.sendsStatuses = false
        await product.world.webhooks.setHabits(habits)
        let message = try await Self.loseAnswer(product, shop)
        // Work that was queued later gets through before and after a restart: the sender has passed this row by.
        try await story.converse("Second", with: shop)
        try await product.services.stop(.messagingRouter)
        try product.services.launch(.messagingRouter)
        try await product.services.ready(.messagingRouter)
        try await story.converse("Third", with: shop)
        #expect(try await Self.status(message, story) == "unknown")
        #expect(product.world.ledger.tally(callbackData: message) == Ledger.Tally(arrived: 1, accepted: 1))
      }
    }

    @Test func `a message that Meta swallowed before accepting it is not sent again either`() async throws {
      try await Product.run { product in
        let shop = try await product.story.openShop()
        let message = try await Self.loseAnswer(product, shop, isAccepted: false)
        try await product.story.converse("Second", with: shop)
        #expect(try await Self.status(message, product.story) == "unknown")
        #expect(product.world.ledger.tally(callbackData: message) == Ledger.Tally(arrived: 1, accepted: 0))
      }
    }

    @Test func `a refused connection is never unknown and is tried again`() async throws {
      try await Product.run { product in
        let story = product.story
        let shop = try await story.openShop()
        let services = product.services
        try await services.stop(.messagingRouter)
        // Port 1 refuses.
        services.set("GRAPH_URL", "http://127.0.0.1:1", of: .messagingRouter)
        try services.launch(.messagingRouter)
        try await services.ready(.messagingRouter)
        let message = try await Self.order("Anybody there?", shop, story)
        try await eventually(within: .seconds(20), "a try that is refused") {
          let metrics = await product.get(services.privateURL(.messagingRouter) + "/metrics")
          return metrics?.text.contains(#"wss_router_sends_total{outcome="retry"} "#) == true
        }
        let metrics = await product.get(services.privateURL(.messagingRouter) + "/metrics")
        #expect(metrics?.text.contains(#"outcome="unknown""#) == false)
        #expect(try await Self.status(message, story) == "queued")
        try await services.stop(.messagingRouter)
        services.set("GRAPH_URL", product.world.baseURL, of: .messagingRouter)
        try services.launch(.messagingRouter)
        try await services.ready(.messagingRouter)
        try await story.waitForReceipts(of: message)
        #expect(product.world.ledger.tally(callbackData: message) == Ledger.Tally(arrived: 1, accepted: 1))
      }
    }

    // MARK: Steps

    /// Queues a message whose request Meta reads and answers with a closed connection; its id, once it is unknown.
    private static func loseAnswer(
      _ product: Product, _ shop: Story.Shop, isAccepted: Bool = true
    ) async throws -> String {
      try product.world.faults.order(
        Fault(.closeAfterReading, at: "graph.messages", parameters: .init(isAccepted: isAccepted)))
      let message = try await order("First", shop, product.story)
      try await eventually(within: .seconds(20), "the send is over") {
        let status = try await Self.status(message, product.story)
        return status != "queued" && status != "sending"
      }
      return message
    }

    private static func order(_ text: String, _ shop: Story.Shop, _ story: Story) async throws -> String {
      // The customer who tested the shop wrote a moment ago: the 24 hours are open.
      let message = try await story.call(
        "POST", "/v1/messages",
        ["sender_id": .string(shop.sender), "to": .string(Story.firstCustomer), "text": .string(text)])
      return message["id"]?.string ?? ""
    }

    private static func status(_ message: String, _ story: Story) async throws -> String? {
      try await story.call("GET", "/v1/messages/\(message)")["status"]?.string
    }

    private static func pauseWebhooks(_ product: Product, _ isPaused: Bool, after shop: Story.Shop) async throws {
      if isPaused {
        try await eventually(within: .seconds(20), "earlier webhooks are delivered") {
          await product.world.webhooks.pending() == 0
        }
      }
      var habits = await product.world.webhooks.currentHabits()
      habits.isPaused = isPaused
      await product.world.webhooks.setHabits(habits)
    }
  }
}
