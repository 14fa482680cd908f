import Contracts
import TestSupport
import Testing
import Wire

@testable import Verifier

@Suite struct VerificationTests {
  @Test func `the code a person typed verifies the number and the registry hears of it`() async throws {
    try await VerifierHarness.run { harness in
      let begun = try await harness.start()
      #expect(begun.state == .codeRequested)
      #expect(begun.language == "en_US")
      #expect(harness.graph.count("POST /1065/request_code") == 1)
      let done = try await harness.submit("123-456", to: begun.id)
      #expect(done.state == .verified)
      let event = try await harness.registry.events.next()
      #expect(event.verificationID == begun.id)
      #expect(event.senderID == VerifierHarness.sender)
      #expect(event.isVerified)
    }
  }
}
