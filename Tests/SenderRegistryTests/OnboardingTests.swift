import Contracts
import SenderRegistryHarness
import Testing
import TestSupport

@testable import SenderRegistry

@Suite struct OnboardingTests {
  @Test func `a verified number goes online in order of the steps`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      #expect(sender.status == .pending)
      #expect(sender.reasons.map(\.code) == ["SIGNUP_NEEDED"])
      #expect(try await harness.connect(sender.id).status == .connecting)
      let online = try await harness.sender(sender.id, reaches: .online)
      #expect(online.reasons.isEmpty)
      #expect(online.wabaID == "1029")
      #expect(online.phoneNumberID == "1065")
      #expect(online.qualityRating == "GREEN")
      #expect(online.messagingLimit == "TIER_250")
      #expect(
        try await harness.steps(sender.id) == [
          "exchange_code:done", "check_token:done", "add_number:skipped", "match_number:done", "subscribe_app:done",
          "override_webhook:skipped", "verify_number:skipped", "share_credit:skipped", "register:done",
          "read_number:done",
        ])
      #expect(harness.graph.count("POST /1065/register") == 1)
      let pin = harness.graph.world.pin ?? ""
      #expect(pin.count == 6 && pin.allSatisfy(\.isNumber))
    }
  }
}
