import Crypto
import JSON
import SandboxWorld
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// `kill -9` between a call that changes something outside and its answer: looking tells what happened, and it
  /// happens once.
  @Suite struct NumberKillTests {
    private static let number = "+14155551100"
    /// Done at once, and answered long after the service was killed.
    private static let silence = Fault.Parameters(milliseconds: 60_000, isAccepted: true)

    private static func settings() -> [ServiceName: [String: String]] {
      let world = WorldSettings()
      return [
        .senderRegistry: [
          "CARRIER_ACCOUNT_SID": world.carrierAccountSID, "CARRIER_AUTH_TOKEN": world.carrierAuthToken.string ?? "",
          "CARRIER_RETRY": "50ms", "PARTNER_MODE": "solution_partner", "META_BUSINESS_ID": world.partnerBusinessID,
          "META_SYSTEM_TOKEN": world.partnerToken.string ?? "",
        ]
      ]
    }

    private func number(_ id: String, reaches state: String, _ story: Story) async throws {
      try await eventually(within: .seconds(30), "the number is \(state)") {
        try await story.call("GET", "/v1/numbers/\(id)")["state"]?.string == state
      }
    }

    private func sender(_ id: String, waits code: String, _ story: Story) async throws {
      try await eventually(within: .seconds(30), "the sender waits with \(code)") {
        try await story.call("GET", "/v1/senders/\(id)")["reasons"]?[0]?["code"]?.string == code
      }
    }

    @Test func `a purchase and a release whose answers a kill has cost are made once`() async throws {
      try await Product.run(Self.settings(), starting: [.senderRegistry]) { product in
        let (story, world) = (product.story, product.world)
        let offers = try await story.call("GET", "/v1/available-numbers?country=US&contains=4155551100")
        #expect(offers["data"]?[0]?["phone_number"]?.string == Self.number)

        try world.faults.order(Fault(.timeout, at: "carrier.buy", parameters: Self.silence))
        let buying = try await story.call("POST", "/v1/numbers/buy", ["phone_number": .string(Self.number)])
        let id = buying["id"]?.string ?? ""
        #expect(buying["state"] == "buying")
        try await eventually("the carrier has sold it") { world.carrier.totals.bought == 1 }
        try await product.services.restart(.senderRegistry)
        try await number(id, reaches: "active", story)
        #expect(world.carrier.numbers.map(\.friendlyName) == [id])
        #expect(world.carrier.totals.bought == 1)

        try world.faults.order(Fault(.timeout, at: "carrier.release", parameters: Self.silence))
        try await story.call("POST", "/v1/numbers/\(id)/release")
        try await eventually("the carrier has it back") { world.carrier.totals.released == 1 }
        try await product.services.restart(.senderRegistry)
        try await number(id, reaches: "released", story)
        #expect(world.carrier.totals.released == 1 && world.carrier.numbers.isEmpty)
      }
    }

    @Test func `an addition to the pool and a deletion whose answers a kill has cost are made once`() async throws {
      try await Product.run(Self.settings(), starting: [.senderRegistry]) { product in
        let (story, world) = (product.story, product.world)
        let entered = try await story.call("POST", "/v1/numbers", ["phone_number": .string(Self.number)])
        let number = entered["id"]?.string ?? ""
        try world.faults.order(Fault(.timeout, at: "graph.pool_add", parameters: Self.silence))
        let created = try await story.call(
          "POST", "/v1/senders", ["number_id": .string(number), "display_name": "Flower Shop"])
        let sender = created["id"]?.string ?? ""
        try await eventually("Meta has added it") { world.ledger.totals.poolAdditions == 1 }
        try await product.services.restart(.senderRegistry)
        try await self.sender(sender, waits: "VERIFICATION_NEEDED", story)
        #expect(world.ledger.totals.poolAdditions == 1 && world.poolEntries.count == 1)

        // Verified at Meta, which the next comparison finds.
        let phone = try #require(PhoneDigits(Self.number))
        try world.setPoolEntry(phone, isVerified: true, expiresInDays: 90)
        try await product.services.restart(.senderRegistry)
        try await self.sender(sender, waits: "SIGNUP_NEEDED", story)
        let ready = try await story.call("GET", "/v1/ready-numbers")
        #expect(ready["data"]?[0]?["preverified_id"]?.string == world.poolEntries.first?.id)

        try world.faults.order(Fault(.timeout, at: "graph.pool_delete", parameters: Self.silence))
        try await story.call("DELETE", "/v1/ready-numbers/\(number)")
        try await eventually("Meta has dropped it") { world.ledger.totals.poolDeletions == 1 }
        try await product.services.restart(.senderRegistry)
        try await self.sender(sender, waits: "NUMBER_LEFT_POOL", story)
        #expect(world.ledger.totals.poolDeletions == 1 && world.poolEntries.isEmpty)
      }
    }

    @Test func `a number that the verifier proved in the pool is claimed by the signup`() async throws {
      var settings = Self.settings()
      settings[.verifier] = settings[.senderRegistry]?.filter { $0.key.hasPrefix("CARRIER_A") }
      try await Product.run(settings, starting: [.senderRegistry, .verifier]) { product in
        let (story, world) = (product.story, product.world)
        let buying = try await story.call("POST", "/v1/numbers/buy", ["phone_number": .string(Self.number)])
        let number = buying["id"]?.string ?? ""
        try await self.number(number, reaches: "active", story)
        let created = try await story.call(
          "POST", "/v1/senders", ["number_id": .string(number), "display_name": "Flower Shop"])
        let sender = created["id"]?.string ?? ""
        try await self.sender(sender, waits: "VERIFICATION_NEEDED", story)

        // Nobody calls the number, and its owner knows what a verification does to calls.
        let phone = try #require(PhoneDigits(Self.number))
        #expect(world.carrier.setCall(true, to: phone))
        try await refused(sender, "INTERCEPTION_NOT_ACKNOWLEDGED", ["method": "voice"], story)
        let request: JSONValue = ["method": "voice", "acknowledge_interception": true, "answered_by": "person"]
        try await refused(sender, "NUMBER_BUSY", request, story)
        #expect(world.carrier.setCall(false, to: phone))
        let verification = try await story.call("POST", "/v1/senders/\(sender)/verifications", request)
        #expect(verification["state"] == "code_requested" && verification["note"] == nil)
        let words = world.phones[phone].calls.last?.text.split(whereSeparator: { !$0.isNumber }) ?? []
        let code = String(try #require(words.first))
        try await story.call(
          "POST", "/v1/verifications/\(verification["id"]?.string ?? "")/code", ["code": .string(code)])
        try await self.sender(sender, waits: "SIGNUP_NEEDED", story)

        let signup = try world.signUp(phone: phone, name: "Flower Shop", isVerified: false)
        #expect(world.poolEntries.isEmpty)
        try await story.connect(sender, signup, code: signup.code)
        try await story.wait(for: "online", of: sender)
        #expect(try await story.call("GET", "/v1/ready-numbers")["data"] == [])
      }
    }

    /// Waits out the replica's way to the verifier.
    private func refused(_ sender: String, _ code: String, _ body: JSONValue, _ story: Story) async throws {
      var seen: String?
      try await eventually(within: .seconds(20), "a refusal with \(code)") {
        let answer = try await story.api.call("POST", "/v1/senders/\(sender)/verifications", body, token: story.key)
        seen = answer.body["code"]?.string
        return seen != "SENDER_NOT_FOUND" && seen != "SENDER_NOT_CONNECTED"
      }
      #expect(seen == code)
    }
  }
}
