import Crypto
import JSON
import SandboxWorld
import Telemetry
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// Webhooks that are forged, broken, or come while the disk is full.
  @Suite struct WebhookFaultTests {
    @Test func `a webhook with a wrong, missing or foreign signature is answered 401, counted and not stored`()
      async throws
    {
      try await Product.run(starting: [.messagingRouter]) { product in
        let services = product.services
        let body = Array(#"{"object":"whatsapp_business_account","entry":[]}"#.utf8)
        let right = Self.signature(body, services.appSecret)
        let foreign: [String?] = [
          nil, "", "sha256=", right.uppercased(), String(right.dropLast()), right + "0",
          Self.signature(body, "another app's secret"), Self.signature(body + [0x20], services.appSecret),
          String(right.dropFirst("sha256=".count)),
          "sha1=" + Hex.encode(HMACSHA1.authenticate(body, key: Array(services.appSecret.utf8))),
        ]
        for signature in foreign {
          #expect(try await product.postWebhook(body, signature: signature) == 401, "\(signature ?? "none")")
        }
        let text = try #require(await product.get(services.privateURL(.messagingRouter) + "/metrics")).text
        let samples = try PrometheusText.parse(text)
        #expect(samples.first { $0.name == "wss_router_webhooks_refused_total" }?.value == Double(foreign.count))
        #expect(samples.first { $0.name == "wss_router_webhooks_total" }?.value == 0)
        let lines = services.log(.messagingRouter).split(separator: "\n")
          .filter { $0.contains(#""event":"webhook.signature_refused""#) }
        #expect(lines.last?.contains(#""refused_total":\#(foreign.count)"#) == true)
        #expect(lines.count == foreign.count)
        #expect(try await product.postWebhook(body, signature: right) == 200)
        try await services.stop()
        let copy = try DatabaseCopy.router(services)
        defer { copy.close() }
        // The right one, and no body before it; what is finished is deleted, but its number is not used again.
        #expect(try await copy.count("SELECT seq FROM sqlite_sequence WHERE name = 'inbox'") == 1)
      }
    }

    @Test func `a poison update inside a good batch is kept aside with its reason and the others go on`() async throws {
      try await Product.run { product in
        let shop = try await product.story.openShop()
        let number = try #require(product.world.ledger.inbound(limit: 1).page.first?.phoneNumberID)
        let now = WallClock.system.now / 1_000
        let first =
          #"{"from":"16505550101","id":"wamid.first","timestamp":"\#(now)","type":"text","text":{"body":"first"}}"#
        let last =
          #"{"from":"16505550102","id":"wamid.last","timestamp":\#(now),"type":"text","text":{"body":"last"}}"#
        let poison = [
          #"{"from":"16505550103","timestamp":"\#(now)","type":"text","text":{"body":"no id"}}"#,
          #"{"from":"16505550104","id":"wamid.x","timestamp":"soon","type":"text","text":{"body":"no time"}}"#,
          "42", "null", #"{"id":{"not":"a string"}}"#,
        ]
        let messages = ([first] + poison + [last]).joined(separator: ",")
        let batch = """
          {"object":"whatsapp_business_account","entry":[7,{"id":"1","changes":[{"field":"messages","value":{
          "metadata":{"phone_number_id":"\(number)"},"messages":[\(messages)],"statuses":[{"id":"wamid.y"}]}}]}]}
          """
        product.world.webhooks.sendRaw(Array(batch.utf8))
        product.world.webhooks.sendRaw(Array("this is not JSON".utf8))
        for (digits, text) in [("16505550101", "first"), ("16505550102", "last")] {
          let phone = try #require(PhoneDigits(digits))
          // Their numbers have not written before at Meta, so the reply is accepted and fails there later; it is sent.
          try await eventually(within: .seconds(20), "a reply to \(text)") {
            product.world.ledger.tally(text: "You wrote: \(text)", to: phone.digits).accepted == 1
          }
        }
        try await eventually(within: .seconds(20), "both bodies are worked through") {
          let text = await product.get(product.services.privateURL(.messagingRouter) + "/metrics")?.text ?? ""
          return text.contains(#"wss_router_updates_total{outcome="poison"} 8"#)
        }
        try await product.story.converse("Still there?", with: shop)
        try await product.services.stop()
        let copy = try DatabaseCopy.router(product.services)
        defer { copy.close() }
        let rows = try await copy.rows("SELECT path, reason FROM inbox_poison ORDER BY id", columns: 2)
        #expect(rows.count == 8, "\(rows)")
        #expect(rows.allSatisfy { $0[0]?.isEmpty == false && $0[1]?.isEmpty == false })
        // Others may have come while it stopped; these two are finished.
        let bodies = try await copy.rows("SELECT CAST(body AS TEXT) FROM inbox", columns: 1)
        #expect(!bodies.contains { $0[0]?.contains("wamid.first") == true || $0[0]?.contains("not JSON") == true })
      }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "mounting a small disk needs root"))
    func `while the disk is full webhooks are answered 503, and nothing is lost or doubled once there is room`()
      async throws
    {
      try await Product.run(starting: []) { product in
        let services = product.services
        let disk = try SmallDisk(at: services.files.dataDirectory(.messagingRouter), kibibytes: 12_288)
        try await services.start()
        let shop = try await product.story.openShop()
        let ballast = Ballast(services.files.dataDirectory(.messagingRouter) + "/ballast")
        try ballast.fill()
        let before = product.world.ledger.totals
        try await product.world.customers.burst(count: 300, prefix: "full", to: shop.number)
        try await eventually(within: .seconds(30), "webhooks are refused") {
          product.world.ledger.totals.webhooksFailed >= before.webhooksFailed + 20
        }
        let body = Array("{}".utf8)
        try await eventually(within: .seconds(20), "503 and nothing else") {
          try await product.postWebhook(body, signature: Self.signature(body, services.appSecret)) == 503
        }
        try await eventually(within: .seconds(20), "the health check names the store") {
          let health = await product.get(services.privateURL(.messagingRouter) + "/healthz")
          return health?.status == 503 && health?.text.contains("store") == true
        }
        #expect(services.process(.messagingRouter)?.ended == nil)
        try ballast.remove()
        try await eventually(within: .seconds(120), "everybody is answered") {
          let totals = product.world.ledger.totals
          return totals.inboundAcknowledged == totals.inboundSent && totals.messagesAccepted == totals.inboundSent
        }
        try await eventually(within: .seconds(20), "the health check is right again") {
          await product.get(services.privateURL(.messagingRouter) + "/healthz")?.status == 200
        }
        #expect(product.world.ledger.totals.repeatedTexts == 0)
        #expect(product.world.ledger.repeatedCallbackData.isEmpty)
        try await services.stop()
        withExtendedLifetime(disk) {}
      }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "mounting a small disk needs root"))
    func `while the disk of receipts is full events wait at the router and arrive once there is room`() async throws {
      try await Product.run(starting: []) { product in
        let services = product.services
        let disk = try SmallDisk(at: services.files.dataDirectory(.receipts), kibibytes: 12_288)
        try await services.start()
        let shop = try await product.story.openShop()
        let ballast = Ballast(services.files.dataDirectory(.receipts) + "/ballast")
        try ballast.fill()
        let before = refusals(services)
        // The log of the store has some room left in its pages: as many messages as it takes to use it up.
        var replies: [String] = []
        try await eventually(within: .seconds(60), "a hand-over is refused") {
          let customer = "+165055502\(10 + replies.count)"
          replies.append(try await product.story.converse("Full?", with: shop, from: customer))
          return refusals(services) > before || replies.count == 80
        }
        #expect(refusals(services) > before)
        try await eventually(within: .seconds(20), "the health check of receipts names the store") {
          let health = await product.get(services.privateURL(.receipts) + "/healthz")
          return health?.status == 503 && health?.text.contains("store") == true
        }
        #expect(services.process(.receipts)?.ended == nil)
        try ballast.remove()
        for reply in replies { try await product.story.waitForReceipts(of: reply) }
        withExtendedLifetime(disk) {}
      }
    }

    /// Hand-overs that receipts did not take.
    private func refusals(_ services: ServiceProcesses) -> Int {
      services.log(.messagingRouter).split(separator: "\n").count { $0.contains(#""event":"handover.failed""#) }
    }

    private static func signature(_ body: [UInt8], _ secret: String) -> String {
      "sha256=" + Hex.encode(HMACSHA256.authenticate(body, key: Array(secret.utf8)))
    }
  }
}
