import Contracts
import JSON
import SandboxWorld
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// From Meta's webhook to the registry's state and back to the router that sends.
  @Suite struct MetaEventEndToEndTests {
    private static let ban: JSONValue = ["event": "DISABLED_UPDATE", "ban_info": ["waba_ban_state": "DISABLE"]]

    @Test func `a ban suspends the sender, the router sends no more, and its end brings both back`() async throws {
      try await Product.run { product in
        let story = product.story
        let shop = try await story.openShop()
        let waba = try await story.call("GET", "/v1/senders/\(shop.sender)")["waba_id"]?.string ?? ""
        try product.world.changeNumber(shop.number) { $0.condition.status = "BANNED" }
        try product.world.tell("account_update", Self.ban, of: waba)
        try await story.wait(for: "suspended", of: shop.sender)
        // The replica brings it to the router a moment later.
        try await eventually(within: .seconds(20), "the router refuses") {
          let answer = try await story.api.call(
            "POST", "/v1/messages",
            ["sender_id": .string(shop.sender), "to": .string(Story.customer), "text": "No."], token: story.key)
          return answer.status == 409
        }
        try product.world.changeNumber(shop.number) { $0.condition.status = nil }
        try product.world.tell(
          "account_update", ["event": "DISABLED_UPDATE", "ban_info": ["waba_ban_state": "REINSTATE"]], of: waba)
        try await story.wait(for: "online", of: shop.sender)
        try await story.converse("Back again?", with: shop)
      }
    }

    @Test func `events that come while the registry is down are each applied once when it is back`() async throws {
      try await Product.run { product in
        let story = product.story
        let shop = try await story.openShop()
        let waba = try await story.call("GET", "/v1/senders/\(shop.sender)")["waba_id"]?.string ?? ""
        try await product.services.kill(.senderRegistry)
        var habits = await product.world.webhooks.currentHabits()
        habits.isShuffled = true
        await product.world.webhooks.setHabits(habits)
        try product.world.changeNumber(shop.number) { $0.qualityRating = "RED" }
        for index in 0..<20 {
          try product.world.tell(
            "security",
            [
              "display_phone_number": .string(String(shop.number.dropFirst())), "event": "PIN_RESET_REQUEST",
              "requester": .string("\(index)"),
            ], of: waba)
        }
        try product.world.tell(
          "phone_number_quality_update",
          ["display_phone_number": .string(String(shop.number.dropFirst())), "event": "FLAGGED"], of: waba)
        // The router dies with them in its hands, too.
        try await product.services.restart(.messagingRouter)
        try product.services.launch(.senderRegistry)
        try await eventually(within: .seconds(40), "all of them are told") {
          guard
            let events = try? await story.call(
              "GET", "/v1/account-events?sender_id=\(shop.sender)&kind=sender.security&limit=100")
          else { return false }
          return Set(events["data"]?.array?.compactMap { $0["message"]?.string } ?? []).count == 20
        }
        let events = try await story.call("GET", "/v1/account-events?kind=sender.security&limit=100")
        #expect(events["data"]?.array?.count == 20)
        try await eventually(within: .seconds(20), "the quality was read") {
          try await story.call("GET", "/v1/senders/\(shop.sender)/quality")["rating"] == "RED"
        }
      }
    }

    @Test func `an expired token becomes a sender that must reconnect, and a new signup repairs it in place`()
      async throws
    {
      try await Product.run([.senderRegistry: ["POLL_INTERVAL": "200ms", "TOKEN_CONFIRM": "300ms"]]) { product in
        let story = product.story
        let signup = try product.world.signUp(phone: PhoneDigits(Story.number), name: "Flower Shop")
        let sender = try await story.create(Story.number)
        try await story.connect(sender, signup, code: signup.code)
        try await story.wait(for: "online", of: sender)
        #expect(product.world.expireTokens(wabaID: signup.wabaID) > 0)
        _ = try? await story.call("POST", "/v1/senders/\(sender)/refresh")
        try await story.wait(for: "offline", of: sender)
        #expect(try await story.call("GET", "/v1/senders/\(sender)")["reasons"]?[0]?["code"] == "RECONNECT_NEEDED")
        try await story.connect(sender, signup, code: try product.world.repeatSignup(wabaID: signup.wabaID))
        try await story.wait(for: "online", of: sender)
      }
    }
  }
}
