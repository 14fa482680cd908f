import JSON
import SandboxWorld
import TestSupport
import Testing
import Wire

@testable import SenderRegistry

extension EndToEnd {
  /// Every way an onboarding fails, brought about at a Meta that keeps its own books.
  @Suite struct OnboardingSandboxFailureTests {
    /// One sender that shall fail, and the world around it.
    struct Scene {
      let product: Product
      let number: String
      let phone: PhoneDigits
      var world: World { product.world }

      func signUp(
        isVerified: Bool = true, pin: String? = nil, scopes: [String]? = nil
      ) throws -> MetaSignup {
        try world.signUp(phone: phone, name: "Shop", isVerified: isVerified, pin: pin, scopes: scopes)
      }

      /// An account without a number.
      func account() throws -> MetaSignup { try world.signUp(phone: nil, name: "Shop") }

      func refuse(_ code: Int, at door: String, details: String? = nil) throws {
        try world.faults.order(Fault(.errorCode, at: door, parameters: .init(code: code, details: details)))
      }
    }

    struct Case: Sendable {
      let code: OnboardingCode
      /// What is handed in: ids and code; nil for what `prepare` did by itself.
      let prepare: @Sendable (Scene) async throws -> MetaSignup
    }

    private static func refused(_ code: OnboardingCode, _ meta: Int, at door: String) -> Case {
      Case(code: code) { scene in
        try scene.refuse(meta, at: door)
        return try scene.signUp()
      }
    }

    static let cases: [Case] = [
      Case(code: .codeExpired) { scene in
        let signup = try scene.signUp()
        _ = scene.world.expireCodes()
        return signup
      },
      Case(code: .codeSpent) { scene in
        let signup = try scene.signUp()
        let client = SandboxClient(baseURL: scene.world.baseURL)
        _ = try await client.exchange(signup.code, secret: scene.product.services.appSecret)
        return signup
      },
      Case(code: .codeRefused) { scene in
        let signup = try scene.signUp()
        return MetaSignup(
          code: "AQBnonsense", wabaID: signup.wabaID, phoneNumberID: signup.phoneNumberID, businessID: signup.businessID
        )
      },
      refused(.appCredentialsWrong, 101, at: "graph.oauth"),
      refused(.tokenInvalid, 190, at: "graph.phone_numbers"),
      Case(code: .tokenLacksAccount) { scene in
        let (mine, others) = (try scene.signUp(), try scene.account())
        return MetaSignup(
          code: others.code, wabaID: mine.wabaID, phoneNumberID: mine.phoneNumberID, businessID: mine.businessID)
      },
      Case(code: .tokenLacksPermission) { try $0.signUp(scopes: ["whatsapp_business_management"]) },
      Case(code: .numberOnWhatsApp) { scene in
        scene.world.setOnWhatsApp(true, scene.phone)
        return try scene.account()
      },
      Case(code: .numberOnWhatsApp) { scene in
        // Found by `register`: the popup named the number, and its owner registered the app again meanwhile.
        let signup = try scene.signUp()
        scene.world.setOnWhatsApp(true, scene.phone)
        return signup
      },
      Case(code: .numberInOtherAccount) { scene in
        _ = try scene.signUp()
        return try scene.account()
      },
      Case(code: .numberCapReached) { scene in
        let signup = try scene.account()
        try scene.world.decide(signup.wabaID, numberCap: 0)
        return signup
      },
      Case(code: .numberNotFound) { scene in
        let (mine, others) = (try scene.signUp(), try scene.account())
        return MetaSignup(
          code: others.code, wabaID: others.wabaID, phoneNumberID: mine.phoneNumberID, businessID: others.businessID)
      },
      Case(code: .numberMismatch) { scene in
        try scene.world.signUp(phone: PhoneDigits("+1444" + scene.number.suffix(7)), name: "Shop")
      },
      refused(.overrideRefused, 2_200, at: "graph.subscribed_apps.override"),
      refused(.creditNotShared, 10, at: "graph.credit"),
      Case(code: .registerLimit) { scene in
        let signup = try scene.signUp()
        let client = SandboxClient(baseURL: scene.world.baseURL)
        let code = try scene.world.repeatSignup(wabaID: signup.wabaID)
        let token = try await client.exchange(code, secret: scene.product.services.appSecret).body["access_token"]?
          .string
        let path = "/v26.0/\(signup.phoneNumberID ?? "")"
        for _ in 0..<10 {
          _ = try await client.call(
            "POST", path + "/register", ["messaging_product": "whatsapp", "pin": "123456"], token: token)
        }
        _ = try await client.call("POST", path + "/deregister", token: token)
        return signup
      },
      Case(code: .pinWrong) { try $0.signUp(pin: "999999") },
      refused(.pinLocked, 133_008, at: "graph.register"),
      refused(.numberNotVerified, 133_006, at: "graph.register"),
      refused(.numberJustDeleted, 133_015, at: "graph.register"),
      refused(.numberStillRegistered, 133_000, at: "graph.register"),
      Case(code: .accountLocked) { scene in
        let signup = try scene.signUp()
        try scene.world.decide(signup.wabaID, isLocked: true)
        return signup
      },
      Case(code: .accountRestricted) { scene in
        let signup = try scene.signUp()
        try scene.world.decide(signup.wabaID, isRestricted: true)
        return signup
      },
      Case(code: .unreachable) { scene in
        try scene.world.faults.order(Fault(.closeBeforeAnswer, at: "graph.subscribed_apps", count: nil))
        return try scene.signUp()
      },
      refused(.refused, 999_999, at: "graph.register"),
    ]

    @Test func `every failure that Meta can cause ends in its code`() async throws {
      let receiver = try await WebhookReceiver()
      var settings = OnboardingEffectKillTests.settings(receiver)
      settings[.senderRegistry]?["ONBOARDING_TRIES"] = "2"
      settings[.senderRegistry]?["ONBOARDING_RETRY"] = "10ms"
      try await Product.run(settings, starting: [.senderRegistry]) { product in
        for (index, failure) in Self.cases.enumerated() {
          let number = "+155503501\(10 + index)"
          let scene = Scene(product: product, number: number, phone: try #require(PhoneDigits(number)))
          let sender = try await product.story.create(number)
          let signup = try await failure.prepare(scene)
          try await product.story.connect(sender, signup, code: signup.code)
          try await eventually(within: .seconds(30), "\(failure.code.rawValue) ends") {
            try await product.story.call("GET", "/v1/senders/\(sender)")["status"] != "connecting"
          }
          let view = try await product.story.call("GET", "/v1/senders/\(sender)")
          #expect(view["status"] == "failed", "\(failure.code.rawValue): \(view)")
          #expect(view["reasons"]?[0]?["code"]?.string == failure.code.rawValue, "\(view)")
          #expect(view["reasons"]?[0]?["next_step"]?.string?.isEmpty == false)
          product.world.faults.clear()
        }
      }
      await receiver.stop()
    }

    @Test func `a popup that stopped, a number without its code, and a number id of another account`() async throws {
      try await Product.run(starting: [.senderRegistry]) { product in
        let story = product.story
        let sender = try await story.create("+15550360001")
        func code() async throws -> String? {
          try await story.call("GET", "/v1/senders/\(sender)")["reasons"]?[0]?["code"]?.string
        }
        let path = "/v1/senders/\(sender)/signup-events"
        try await story.call("POST", path, ["event": "CANCEL", "current_step": "PERMISSIONS"])
        #expect(try await code() == OnboardingCode.signupCancelled.rawValue)
        try await story.call("POST", path, ["event": "ERROR", "error_message": "too new", "error_code": "524126"])
        #expect(try await code() == OnboardingCode.signupError.rawValue)
        let signup = try product.world.signUp(phone: PhoneDigits("+15550360001"), name: "Shop", isVerified: false)
        try await story.connect(sender, signup, code: signup.code)
        try await story.waitForCodeNeeded(sender)
      }
    }

    @Test func `every code has a case`() {
      let elsewhere: Set<OnboardingCode> = [
        // Above; and NUMBER_TAKEN needs two accounts: SenderRegistryTests have them.
        .signupCancelled, .signupError, .codeNeeded, .numberTaken,
      ]
      #expect(Set(Self.cases.map(\.code)).union(elsewhere) == Set(OnboardingCode.allCases))
    }

    @Test func `coexistence: the popup names no number, the app keeps it, 20 messages a second`() async throws {
      try await Product.run(starting: [.senderRegistry]) { product in
        let story = product.story
        let sender = try await story.create("+15550360002")
        let signup = try product.world.signUp(phone: PhoneDigits("+15550360002"), name: "Shop", isCoexistence: true)
        #expect(signup.phoneNumberID == nil)
        try await story.connect(sender, signup, code: signup.code)
        try await story.wait(for: "online", of: sender)
        let view = try await story.call("GET", "/v1/senders/\(sender)")
        #expect(view["origin"] == "coexistence" && view["throughput"] == 20)
        #expect(view["phone_number_id"]?.string == signup.numberID)
        #expect(product.world.ledger.totals.registrations == 0)
      }
    }
  }
}
