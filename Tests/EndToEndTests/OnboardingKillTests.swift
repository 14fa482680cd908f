import Foundation
import JSON
import SandboxWorld
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// `kill -9` in the middle of an onboarding: what was done at Meta is not done again, what is lost is said.
  @Suite struct OnboardingKillTests {
    @Test func `a registry killed among onboardings brings every sender online or asks for another signup`()
      async throws
    {
      let isFull = KillPlan.isFull
      let (count, kills) = isFull ? (60, 12) : (10, 3)
      let seed = KillPlan.seed
      print("onboarding kills: \(count) senders, \(kills) kills, KILL_SEED=\(seed)")
      var chance = Dice(seed: seed)
      try await Product.run(starting: [.senderRegistry]) { product in
        let (story, world) = (product.story, product.world)
        // Every call to Meta takes a while, and some answers are lost after the work was done.
        try world.faults.order(Fault(.closeAfterReading, at: "graph", count: nil, probability: 0.05))
        try world.faults.order(
          Fault(.delay, at: "graph", count: nil, probability: 1, parameters: .init(milliseconds: 40)))
        var signups: [(sender: String, signup: MetaSignup)] = []
        for index in 0..<count {
          let number = "+1555030\(1_000 + index)"
          let sender = try await story.create(number)
          let signup = try world.signUp(phone: PhoneDigits(number), name: "Shop \(index)", isVerified: true)
          try await story.connect(sender, signup, code: signup.code)
          signups.append((sender, signup))
        }
        for moment in (0..<kills).map({ _ in Int.random(in: 0..<(count * 17 / 10), using: &chance) }).sorted() {
          try await eventually(within: .seconds(60), "\(moment) of \(count * 2) steps, then the registry dies") {
            if world.ledger.totals.codesExchanged + world.ledger.totals.registrations >= moment { return true }
            // Codes that a kill has cost leave fewer steps to wait for.
            for (sender, _) in signups where try await !Self.hasEnded(sender, story) { return false }
            return true
          }
          try await product.services.restart(.senderRegistry)
        }
        var repeated = 0
        for (sender, signup) in signups where try await Self.needsAnotherCode(sender, story) {
          repeated += 1
          // Without further mishaps: the customer goes through the popup once more.
          world.faults.clear()
          let code = try world.repeatSignup(wabaID: signup.wabaID)
          try await story.connect(sender, signup, code: code)
          try await story.wait(for: "online", of: sender)
        }
        let totals = world.ledger.totals
        print("onboarding kills: \(repeated) of \(count) codes lost, \(totals.registrations) registrations")
        // A code is spent once: by the attempt it was made for, never by a second try of the same.
        #expect(totals.codesExchanged <= count + repeated)
        #expect(signups.allSatisfy { world.number($0.signup.phoneNumberID ?? "")?.isRegistered == true })
      }
    }

    private static func hasEnded(_ sender: String, _ story: Story) async throws -> Bool {
      let status = try await story.call("GET", "/v1/senders/\(sender)")["status"]
      return status == "online" || status == "failed"
    }

    /// Waits for the end of an onboarding: false when the sender is online.
    private static func needsAnotherCode(_ sender: String, _ story: Story) async throws -> Bool {
      var view = JSONValue.null
      try await eventually(within: .seconds(60), "the onboarding of \(sender) ends") {
        view = try await story.call("GET", "/v1/senders/\(sender)")
        return view["status"] == "online" || view["status"] == "failed"
      }
      if view["status"] == "online" { return false }
      #expect(view["reasons"]?[0]?["code"] == "SIGNUP_CODE_SPENT", "\(view)")
      return true
    }

    @Test func `a verifier killed before and after the code is typed still brings the sender online`() async throws {
      try await Product.run(starting: [.senderRegistry, .verifier]) { product in
        let story = product.story
        let sender = try await story.connect("+15550100002", isVerified: false)
        try await story.waitForCodeNeeded(sender)
        let (verification, code) = try await story.requestCode(sender, number: "+15550100002")
        try await product.services.restart(.verifier)
        try await eventually(within: .seconds(20), "the code is taken") {
          let answer = try await story.api.call(
            "POST", "/v1/verifications/\(verification)/code", ["code": .string(code)], token: story.key)
          return answer.status == 200
        }
        try await product.services.restart(.verifier)
        try await story.wait(for: "online", of: sender)
        #expect(product.world.ledger.totals.codesSent == 1)
      }
    }
  }
}
