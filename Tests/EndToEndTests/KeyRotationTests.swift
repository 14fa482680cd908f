import Daemon
import Foundation
import JSON
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// Keys are replaced by the steps of the README, with the script of the README, while customers write.
  @Suite struct KeyRotationTests {
    @Test func `sealing keys of all services are replaced, and the old ones can go when nothing needs them`()
      async throws
    {
      try await Product.run(starting: []) { product in
        let keys = try KeysScript(product.services)
        let (services, story) = (product.services, product.story)
        try await services.start()
        let shop = try await story.openShop()
        // One that is interrupted half-way: its onboarding's token waits for the owner.
        let pending = try await story.connect("+15550100002", isVerified: false)
        try await story.waitForCodeNeeded(pending)
        let key = try await story.api.send(
          story.request("POST", "/v1/assistants", ["name": "A", "instructions": "Be kind."], idempotencyKey: "once"))

        #expect(try await keys.run("rotate-sealing", "all").exit == .exit(0))
        let early = try await keys.run("retire", "sealing", "verifier")
        #expect(early.exit == .exit(1) && early.text.contains("restart it first"), "\(early.text)")
        for (index, name) in CommonSettings.services.enumerated() {
          #expect(try await services.stop(name) == .exit(0))
          try services.launch(name)
          try await services.ready(name)
          // Services with the new key and with the old one work together.
          try await story.waitForReceipts(of: try await story.converse("restart \(index)", with: shop))
        }
        for name in CommonSettings.services {
          try await eventually(within: .seconds(30), "\(name) has sealed its values anew") {
            try await Self.page(product, name, "/sealing")["done"] == true
          }
          let page = try await Self.page(product, name, "/sealing")
          #expect(page["removable"]?[0] == "k1" && page["unreadable"] == 0, "\(page)")
        }
        let status = try await keys.run("status")
        #expect(status.text.components(separatedBy: "; done: ").count == 5, "\(status.text)")

        #expect(try await keys.run("retire", "sealing", "all").exit == .exit(0))
        for name in CommonSettings.services {
          #expect(try keys.lines("\(name).sealing").count == 1)
          #expect(try keys.lines("\(name).sealing.retired").count == 1)
          #expect(try keys.mode("\(name).sealing") == 0o600 && keys.mode("\(name).sealing.retired") == 0o600)
          try await services.restart(name)
        }
        // Tokens, the webhook's secret, the half-done onboarding and the kept answer all open with the new key.
        try await story.waitForReceipts(of: try await story.converse("all new", with: shop))
        _ = try await story.typeCode(pending, number: "+15550100002")
        try await story.wait(for: "online", of: pending)
        let again = try await story.api.send(
          story.request("POST", "/v1/assistants", ["name": "A", "instructions": "Be kind."], idempotencyKey: "once"))
        #expect(again.body == key.body && key.body["id"]?.string?.isEmpty == false)
      }
    }

    @Test func `a pair's RPC key is replaced step by step, with both ends at different steps`() async throws {
      try await Product.run(starting: []) { product in
        let keys = try KeysScript(product.services)
        let (services, story) = (product.services, product.story)
        try await services.start()
        let shop = try await story.openShop()
        let (first, second) = (ServiceName.senderRegistry, ServiceName.messagingRouter)
        let pair = [first.rawValue, second.rawValue]
        var number = 10
        // A sender that comes online now is copied with its token; one that was there already still works.
        func everythingWorks(_ step: String) async throws {
          number += 1
          let next = try await story.openShop("+155501000\(number)", business: "shop\(number)")
          _ = try await story.converse("\(step), new", with: next)
          try await story.waitForReceipts(of: try await story.converse("\(step), old", with: shop))
        }
        for (step, order) in [("add", [first, second]), ("move", [second, first])] {
          let ran = try await keys.run(["rotate-rpc"] + pair)
          #expect(ran.exit == .exit(0), "\(ran.text)")
          // Neither end runs with it: the next step is refused.
          let early = try await keys.run((step == "add" ? ["rotate-rpc"] : ["retire", "rpc"]) + pair)
          #expect(early.exit == .exit(1) && early.text.contains("restart it first"), "\(early.text)")
          for name in order {
            try await services.restart(name)
            try await everythingWorks("\(step) \(name)")
          }
        }
        let old = "sender-registry.messaging-router"
        for name in [first, second] {
          let used = try await Self.page(product, name, "/keys")["keys"]
          guard case .array(let entries) = used else { continue }
          let entry = entries.first { $0["key"]?.string == old }
          #expect(entry?["position"] == 2 && entry?["accepted_open"] == 0 && entry?["dialled_open"] == 0, "\(entries)")
        }
        let retired = try await keys.run(["retire", "rpc"] + pair)
        #expect(retired.exit == .exit(0), "\(retired.text)")
        for name in [second, first] {
          #expect(try keys.lines("\(name).rpc").count == 3)
          #expect(try !keys.lines("\(name).rpc").contains { $0.contains(" \(old) ") })
          try await services.restart(name)
          try await everythingWorks("remove \(name)")
        }
      }
    }

    private static func page(_ product: Product, _ name: ServiceName, _ path: String) async throws -> JSONValue {
      guard let answer = await product.get(product.services.privateURL(name) + path) else { return .null }
      return try JSONValue(parsing: Array(answer.text.utf8))
    }
  }
}
