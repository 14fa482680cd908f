import Crypto
import JSON
import Outbound
import SandboxWorld
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// `kill -9` between each call of an onboarding and its answer: the effect has happened at Meta, nobody here knows.
  /// After the restart the state is read, and the effect is there once.
  @Suite struct OnboardingEffectKillTests {
    struct Effect: Sendable, CustomTestStringConvertible {
      let name: String
      /// The door of the sandbox where the answer is held, and the request as the sandbox counts it.
      let door: String
      let request: String
      /// What tells, after the restart, that it has happened.
      let read: String
      var isNumberGiven = true
      let count: @Sendable (LedgerTotals) -> Int
      var testDescription: String { name }
    }

    static let effects = [
      Effect(
        name: "add the number", door: "graph.phone_numbers.add", request: "POST graph.phone_numbers.add",
        read: "GET graph.phone_numbers", isNumberGiven: false, count: { $0.numbersAdded }),
      Effect(
        name: "subscribe", door: "graph.subscribed_apps.subscribe", request: "POST graph.subscribed_apps.subscribe",
        read: "GET graph.subscribed_apps.read", count: { $0.subscriptions }),
      Effect(
        name: "override the callback", door: "graph.subscribed_apps.override",
        request: "POST graph.subscribed_apps.override", read: "GET graph.subscribed_apps.read",
        count: { $0.overrides }),
      Effect(
        name: "share credit", door: "graph.credit", request: "POST graph.credit", read: "GET graph.read",
        count: { $0.creditsShared }),
      Effect(
        name: "register", door: "graph.register", request: "POST graph.register", read: "GET graph.read",
        count: { $0.registrations }),
    ]

    static func settings(_ receiver: WebhookReceiver) -> [ServiceName: [String: String]] {
      [
        .senderRegistry: [
          "WEBHOOK_OVERRIDE_URL": receiver.url, "WEBHOOK_OVERRIDE_VERIFY_TOKEN": "right token",
          "PARTNER_MODE": "solution_partner", "META_BUSINESS_ID": WorldSettings().partnerBusinessID,
          "META_SYSTEM_TOKEN": WorldSettings().partnerToken.string ?? "", "META_CREDIT_LINE_ID": "8888",
        ]
      ]
    }

    @Test func `a registry killed between a call and its answer finds out what happened, and does it once`()
      async throws
    {
      let receiver = try await WebhookReceiver()
      try await Product.run(Self.settings(receiver), starting: [.senderRegistry]) { product in
        let (story, world) = (product.story, product.world)
        for (index, effect) in Self.effects.enumerated() {
          let number = "+155503401\(10 + index)"
          let before = (world.ledger.totals, world.graph.count(of: effect.request))
          try world.faults.order(
            Fault(.timeout, at: effect.door, parameters: .init(milliseconds: 60_000, isAccepted: true)))
          let sender = try await story.create(number)
          let signup = try world.signUp(
            phone: effect.isNumberGiven ? PhoneDigits(number) : nil, name: "Shop", isVerified: true)
          try await story.connect(sender, signup, code: signup.code)
          try await eventually(within: .seconds(30), "\(effect.name) is done and not answered") {
            effect.count(world.ledger.totals) == effect.count(before.0) + 1
          }
          try await product.services.kill(.senderRegistry)
          let reads = world.graph.count(of: effect.read)
          try product.services.launch(.senderRegistry)
          try await product.services.ready(.senderRegistry)
          if effect.isNumberGiven {
            try await story.wait(for: "online", of: sender)
          } else {
            // Added by API, so its owner has to type a code; the onboarding itself went on.
            try await story.waitForCodeNeeded(sender)
          }
          #expect(world.graph.count(of: effect.read) > reads, "\(effect.name): the state was read")
          #expect(world.graph.count(of: effect.request) == before.1 + 1, "\(effect.name): called once")
          #expect(effect.count(world.ledger.totals) == effect.count(before.0) + 1, "\(effect.name): done once")
        }
      }
      await receiver.stop()
    }

    @Test func `a registry killed in the exchange says that the code is spent and never hands it in again`()
      async throws
    {
      try await Product.run(starting: [.senderRegistry]) { product in
        let (story, world) = (product.story, product.world)
        try world.faults.order(
          Fault(.timeout, at: "graph.oauth", parameters: .init(milliseconds: 60_000, isAccepted: true)))
        let sender = try await story.create("+15550340001")
        let signup = try world.signUp(phone: PhoneDigits("+15550340001"), name: "Shop")
        try await story.connect(sender, signup, code: signup.code)
        try await eventually(within: .seconds(30), "the code is exchanged") { world.ledger.totals.codesExchanged == 1 }
        try await product.services.restart(.senderRegistry)
        try await story.wait(for: "failed", of: sender)
        let view = try await story.call("GET", "/v1/senders/\(sender)")
        #expect(view["reasons"]?[0]?["code"] == "SIGNUP_CODE_SPENT")
        #expect(world.graph.count(of: "GET graph.oauth") == 1)
        try await story.connect(sender, signup, code: try world.repeatSignup(wabaID: signup.wabaID))
        try await story.wait(for: "online", of: sender)
      }
    }

    @Test func `a verifier killed while Meta sends the code does not ask for another`() async throws {
      try await Product.run(starting: [.senderRegistry, .verifier]) { product in
        let (story, world) = (product.story, product.world)
        let number = "+15550340002"
        let sender = try await story.connect(number, isVerified: false)
        try await story.waitForCodeNeeded(sender)
        try world.faults.order(
          Fault(.timeout, at: "graph.request_code", parameters: .init(milliseconds: 60_000, isAccepted: true)))
        let request = try story.request(
          "POST", "/v1/senders/\(sender)/verifications", ["method": "sms"], idempotencyKey: "the-code-once")
        let asking = Task { try? await Self.asked(story, request, until: { world.ledger.totals.codesSent == 1 }) }
        try await eventually(within: .seconds(30), "the code is on its way") { world.ledger.totals.codesSent == 1 }
        try await product.services.restart(.verifier)
        _ = await asking.value
        // The same wish once more: the answer is the verification that exists.
        var verification = JSONValue.null
        try await eventually(within: .seconds(30), "the verification says what is known of it") {
          verification = try await story.api.send(request).body
          return verification["state"] == "code_requested"
        }
        #expect(verification["reason"]?["code"] == "CODE_MAYBE_SENT")
        #expect(world.ledger.totals.codesSent == 1 && world.graph.count(of: "POST graph.request_code") == 1)
        let phone = try #require(PhoneDigits(number))
        let code = try #require(world.phones[phone].sms.last?.text.split(separator: " ").last).description
        try await story.call(
          "POST", "/v1/verifications/\(verification["id"]?.string ?? "")/code", ["code": .string(code)])
        try await story.wait(for: "online", of: sender)
      }
    }

    /// Sends until the wish has arrived: the verifier knows the sender a moment later than the registry.
    private static func asked(
      _ story: Story, _ request: OutboundRequest, until isDone: @Sendable () -> Bool
    ) async throws {
      while !isDone(), !Task.isCancelled {
        _ = try await story.api.send(request)
        try await Task.sleep(for: .milliseconds(20))
      }
    }

    @Test func `a verifier killed while Meta takes the code reads the number and reports it verified`() async throws {
      try await Product.run(starting: [.senderRegistry, .verifier]) { product in
        let (story, world) = (product.story, product.world)
        let number = "+15550340003"
        let sender = try await story.connect(number, isVerified: false)
        try await story.waitForCodeNeeded(sender)
        let (verification, code) = try await story.requestCode(sender, number: number)
        try world.faults.order(
          Fault(.timeout, at: "graph.verify_code", parameters: .init(milliseconds: 60_000, isAccepted: true)))
        let typing = Task {
          _ = try? await story.api.call(
            "POST", "/v1/verifications/\(verification)/code", ["code": .string(code)], token: story.key)
        }
        try await eventually(within: .seconds(30), "Meta has taken the code") {
          world.ledger.totals.numbersVerified == 1
        }
        try await product.services.kill(.verifier)
        let reads = world.graph.count(of: "GET graph.read")
        try product.services.launch(.verifier)
        try await product.services.ready(.verifier)
        _ = await typing.value
        try await story.wait(for: "online", of: sender)
        #expect(world.graph.count(of: "GET graph.read") > reads)
        #expect(world.graph.count(of: "POST graph.verify_code") == 1)
        #expect(try await story.call("GET", "/v1/verifications/\(verification)")["state"] == "verified")
      }
    }
  }
}
