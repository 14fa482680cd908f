import Contracts
import Store
import SenderRegistryHarness
import Testing
import TestSupport

@testable import SenderRegistry

@Suite struct OnboardingFailureTests {
  /// Orders what goes wrong, connects, and expects the sender to fail with `code` at `step`.
  private func expect(
    _ code: String, at step: OnboardingStep.Name, numberGiven: Bool = true,
    _ prepare: (ScriptedGraph) -> Void
  ) async throws {
    try await SenderRegistryHarness.run { harness in
      prepare(harness.graph)
      let sender = try await harness.createSender()
      try await harness.connect(sender.id, phoneNumberID: numberGiven ? "1065" : nil)
      let failed = try await harness.sender(sender.id, reaches: .failed)
      #expect(failed.reasons.map(\.code) == [code])
      #expect(failed.reasons.first?.nextStep.isEmpty == false)
      let steps = try await harness.steps(sender.id)
      #expect(steps.contains("\(step.rawValue):failed"), "\(steps)")
      // Neither code nor token stays behind.
      let left = try await harness.database.read {
        try $0.first("SELECT count(*) FROM onboarding WHERE code IS NOT NULL OR access_token IS NOT NULL") {
          try $0.int(0)
        }
      }
      #expect(left == 0)
    }
  }

  @Test func `an expired code`() async throws {
    try await expect("SIGNUP_CODE_EXPIRED", at: .exchangeCode) {
      $0.order("GET /oauth/access_token", .error(100, "This authorization code has expired."))
    }
  }

  @Test func `a code that was used before`() async throws {
    try await expect("SIGNUP_CODE_SPENT", at: .exchangeCode) {
      $0.order("GET /oauth/access_token", .error(100, "This authorization code has been used."))
    }
  }

  @Test func `an exchange without a usable answer is never repeated`() async throws {
    try await expect("SIGNUP_CODE_SPENT", at: .exchangeCode) {
      $0.order("GET /oauth/access_token", .garbage)
    }
  }

  @Test func `a token for another account`() async throws {
    try await expect("TOKEN_LACKS_WABA", at: .checkToken) { graph in graph.change { $0.grantedWABAs = ["9999"] } }
  }

  @Test func `a token without the messaging permission`() async throws {
    try await expect("TOKEN_LACKS_PERMISSION", at: .checkToken) { graph in
      graph.change { $0.scopes = ["whatsapp_business_management"] }
    }
  }

  @Test func `a token of another app`() async throws {
    try await expect("TOKEN_INVALID", at: .checkToken) { graph in graph.change { $0.appID = "666" } }
  }

  @Test func `a number id that is not the account's`() async throws {
    try await expect("NUMBER_NOT_FOUND", at: .matchNumber) { graph in graph.change { $0.hasNumber = false } }
  }

  @Test func `another number than the sender's`() async throws {
    try await expect("NUMBER_MISMATCH", at: .matchNumber) { graph in graph.change { $0.digits = "14155559999" } }
  }

  @Test func `a refused addition carries Meta's own words`() async throws {
    try await expect("META_REFUSED", at: .addNumber, numberGiven: false) { graph in
      graph.change { $0.hasNumber = false }
      graph.order("POST /1029/phone_numbers", .error(136_025, "number cap reached"))
    }
  }

  @Test func `a token that lost its permission before the subscription`() async throws {
    try await expect("TOKEN_LACKS_PERMISSION", at: .subscribeApp) {
      $0.order("POST /1029/subscribed_apps", .error(200, "Permissions error", status: 403))
    }
  }

  @Test func `the register limit`() async throws {
    try await expect("REGISTER_LIMIT", at: .register) {
      $0.order("POST /1065/register", .error(133_016, "limit"))
    }
  }

  @Test func `a PIN that is not ours`() async throws {
    try await expect("PIN_WRONG", at: .register) { $0.order("POST /1065/register", .error(133_005, "mismatch")) }
  }

  @Test func `a Meta that never answers is given up after the last try`() async throws {
    try await expect("META_UNREACHABLE", at: .subscribeApp) {
      $0.order("POST /1029/subscribed_apps", .garbage, .garbage, .garbage, .garbage)
    }
  }

  @Test func `a number id that another account holds`() async throws {
    try await SenderRegistryHarness.run { harness in
      let first = try await harness.createSender()
      try await harness.connect(first.id)
      _ = try await harness.sender(first.id, reaches: .online)
      let (other, _) = try await harness.makeAccount("other")
      let second = try await harness.call(
        SenderRegistryAPI.CreateSender(phoneNumber: first.phoneNumber, displayName: "Thief"), account: other)
      _ = try await harness.call(
        SenderRegistryAPI.ConnectSender(
          id: second.id, code: "AQB-other", wabaID: "1029", phoneNumberID: "1065", businessID: nil), account: other)
      let notifier = try harness.service.notifier
      try await limited(to: .seconds(10), "the second sender to fail") {
        while true {
          let generation = notifier.generation
          let sender = try await harness.call(SenderRegistryAPI.GetSender(id: second.id), account: other)
          if sender.status == .failed {
            #expect(sender.reasons.map(\.code) == ["NUMBER_TAKEN"])
            #expect(sender.phoneNumberID == nil)
            return
          }
          _ = await notifier.wait(after: generation, atMost: .seconds(10))
        }
      }
      // The first one keeps what it has.
      #expect(try await harness.call(SenderRegistryAPI.GetSender(id: first.id)).status == .online)
    }
  }

  @Test func `a reconnect that fails before it changed anything leaves the sender online`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .online)
      harness.graph.order("GET /oauth/access_token", .error(100, "This authorization code has expired."))
      try await harness.connect(sender.id)
      let again = try await harness.sender(sender.id, reaches: .online)
      #expect(again.reasons.isEmpty)
      #expect(try await harness.steps(sender.id).first == "exchange_code:failed")
    }
  }

  @Test func `a reconnected number that is CONNECTED is not registered a second time`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .online)
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .online)
      #expect(try await harness.steps(sender.id).contains("register:skipped"))
      #expect(harness.graph.count("POST /1065/register") == 1)
    }
  }
}
