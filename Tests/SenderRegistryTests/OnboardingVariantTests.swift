import Contracts
import JSON
import SenderRegistryHarness
import Store
import Telemetry
import TestSupport
import Testing
import Wire

@testable import SenderRegistry

/// The ways an onboarding can go besides the plain one.
@Suite struct OnboardingVariantTests {
  @Test func `a coexistence number is found, never registered, and sends 20 a second`() async throws {
    try await SenderRegistryHarness.run { harness in
      harness.graph.change {
        $0.isOnBizApp = true
        $0.status = "CONNECTED"
      }
      let sender = try await harness.createSender()
      try await harness.connect(sender.id, phoneNumberID: nil, event: .businessApp)
      let online = try await harness.sender(sender.id, reaches: .online)
      #expect(online.origin == .coexistence && online.throughput == 20 && online.phoneNumberID == "1065")
      let steps = try await harness.steps(sender.id)
      #expect(steps.contains("add_number:done") && steps.contains("register:skipped"))
      #expect(harness.graph.count("POST /1065/register") == 0)
      #expect(harness.graph.count("POST /1029/phone_numbers") == 0)
    }
  }

  @Test func `a number of the verified pool is claimed by its id`() async throws {
    try await SenderRegistryHarness.run { harness in
      harness.graph.change { $0.hasNumber = false }
      let sender = try await harness.createSender()
      try await harness.database.write {
        try $0.execute("UPDATE senders SET preverified_id = '4242' WHERE id = ?", sender.id.text)
      }
      try await harness.connect(sender.id, phoneNumberID: nil)
      _ = try await harness.sender(sender.id, reaches: .online)
      #expect(harness.graph.world.addition?["preverified_id"] == "4242")
      #expect(harness.graph.world.addition?["cc"] == "1")
    }
  }

  @Test func `the operator's callback is set once the app is subscribed, and not a second time`() async throws {
    let settings = [
      "WEBHOOK_OVERRIDE_URL": "http://127.0.0.1:9/hook", "WEBHOOK_OVERRIDE_VERIFY_TOKEN": "handshake",
    ]
    try await SenderRegistryHarness.run(settings: settings) { harness in
      let sender = try await harness.createSender()
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .online)
      #expect(harness.graph.world.overrideURL == "http://127.0.0.1:9/hook")
      #expect(harness.graph.count("POST /1029/subscribed_apps") == 2)
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .online)
      #expect(harness.graph.count("POST /1029/subscribed_apps") == 2)
    }
  }

  @Test func `a Solution Partner shares its credit with an account that has no funding`() async throws {
    let settings = [
      "PARTNER_MODE": "solution_partner", "META_BUSINESS_ID": "900", "META_SYSTEM_TOKEN": "EAAsystem",
      "META_CREDIT_LINE_ID": "8888",
    ]
    try await SenderRegistryHarness.run(settings: settings) { harness in
      // Shared, but the answer is lost: the funding is read before anything is done again.
      harness.graph.order("POST /8888/whatsapp_credit_sharing_and_attach", .lost)
      let sender = try await harness.createSender()
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .online)
      #expect(harness.graph.count("POST /8888/whatsapp_credit_sharing_and_attach") == 1)
      #expect(harness.graph.count("GET /1029") == 2)
      #expect(try await harness.steps(sender.id).contains("share_credit:done"))
    }
  }

  // MARK: Reconnect in place

  @Test func `a reconnect keeps the old credentials until the new ones are proved and subscribed`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .online)
      /// Sealed: another text is another token, or the same one sealed anew.
      func token() async throws -> String? {
        let row = try await harness.database.read { try $0.sender(sender.id) }
        return row?.accessToken
      }
      let old = try await token()
      harness.graph.change {
        $0.token = "EAAnew"
        $0.isSubscribed = false
      }
      harness.graph.order("POST /1029/subscribed_apps", .refusal(200, "(#200) Permissions error", status: 403))
      try await harness.connect(sender.id)
      let kept = try await harness.sender(sender.id, reaches: .online)
      #expect(kept.reasons.isEmpty)
      #expect(try await token() == old)
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .online)
      #expect(try await token() != old)
    }
  }

  @Test func `a reconnect that fails gives an offline sender its old reasons back, and the new one`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .online)
      let reason = SenderReason(code: "RECONNECT_NEEDED", message: "The token ended.", nextStep: "Reconnect.")
      try await harness.database.write { connection in
        var row = try #require(try connection.sender(sender.id))
        row.condition = SenderCondition(.offline, [reason])
        try connection.update(row, now: 1)
      }
      harness.graph.order("GET /oauth/access_token", .error(100, "This authorization code has expired."))
      try await harness.connect(sender.id)
      let back = try await harness.sender(sender.id, reaches: .offline)
      #expect(back.reasons.map(\.code) == ["RECONNECT_NEEDED", "SIGNUP_CODE_EXPIRED"])
      try await harness.connect(sender.id)
      let online = try await harness.sender(sender.id, reaches: .online)
      #expect(online.reasons.isEmpty)
    }
  }

  // MARK: The register limit

  @Test func `register calls are counted before they are made and the eleventh stays at home`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      let now = WallClock.system.now
      try await harness.database.write { connection in
        for hour in 1...10 {
          _ = try connection.takeRegisterCall(
            sender.phoneNumber, sender: sender.id, now: now - Int64(hour) * 3_600_000)
        }
      }
      try await harness.connect(sender.id)
      let failed = try await harness.sender(sender.id, reaches: .failed)
      #expect(failed.reasons.map(\.code) == ["REGISTER_LIMIT"])
      let free = Timestamp(milliseconds: now - 10 * 3_600_000 + RegisterLimit.periodMilliseconds)
      #expect(failed.reasons.first?.message.contains(free.description) == true, "\(failed.reasons)")
      #expect(harness.graph.count("POST /1065/register") == 0)
    }
  }

  @Test func `room comes back when the oldest call is three days old, and Meta's own word closes it`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      let number = sender.phoneNumber
      let period = RegisterLimit.periodMilliseconds
      let answers = try await harness.database.write { connection in
        var answers: [Int64?] = []
        for call in 0..<11 {
          answers.append(try connection.takeRegisterCall(number, sender: sender.id, now: 1_000 + Int64(call)))
        }
        answers.append(try connection.takeRegisterCall(number, sender: sender.id, now: 1_000 + period - 1))
        answers.append(try connection.takeRegisterCall(number, sender: sender.id, now: 1_000 + period))
        try connection.registerLimitReached(number, sender: sender.id, now: 2_000 + period)
        answers.append(try connection.takeRegisterCall(number, sender: sender.id, now: 2_001 + period))
        answers.append(try connection.takeRegisterCall(number, sender: sender.id, now: 2_000 + 2 * period))
        return answers
      }
      #expect(answers.prefix(10).allSatisfy { $0 == nil })
      #expect(Array(answers.dropFirst(10)) == [1_000 + period, 1_000 + period, nil, 2_000 + 2 * period, nil])
    }
  }

  @Test func `a number that was registered counts once`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      for _ in 0..<3 {
        try await harness.connect(sender.id)
        _ = try await harness.sender(sender.id, reaches: .online)
      }
      let calls = try await harness.database.read {
        try $0.first("SELECT count(*) FROM register_calls") { try $0.int(0) }
      }
      #expect(calls == 1)
    }
  }

  @Test func `steps that an earlier version did not have are not shown as missing`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .online)
      // Online a moment before the attempt ends; until then missing steps would be run again.
      try await eventually("the attempt to end") {
        try await harness.database.read { try $0.onboarding(sender.id)?.state == .ended }
      }
      try await harness.database.write {
        try $0.execute("DELETE FROM onboarding_steps WHERE name IN ('override_webhook', 'share_credit')")
      }
      let steps = try await harness.steps(sender.id)
      #expect(steps.count == 8 && !steps.contains { $0.hasSuffix(":waiting") })
    }
  }

  @Test func `FINISH without a number is refused by name`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      let failure = await #expect(throws: CallFailure.self) {
        try await harness.connect(sender.id, phoneNumberID: nil, event: .finish)
      }
      #expect(failure?.reason == "PHONE_NUMBER_ID_MISSING")
    }
  }
}
