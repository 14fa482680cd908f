import Contracts
import SenderRegistryHarness
import Store
import TestSupport
import Testing
import Wire
import Workers

@testable import SenderRegistry

@Suite struct SealedColumnsTests {
  @Test func `every place with a sealed value is declared, and sealed anew by its declaration`() async throws {
    let harness = try await SenderRegistryHarness()
    // Online: a token and a PIN.
    let online = try await harness.createSender("+14155550123")
    try await harness.connect(online.id, key: "connect-1")
    _ = try await harness.sender(online.id, reaches: .online)
    // Meta is being asked for the token: the code is still there.
    let latch = Latch()
    harness.graph.order("GET /oauth/access_token", .held(latch))
    let exchanging = try await harness.createSender("+14155550124")
    try await harness.connect(exchanging.id, phoneNumberID: "1066")
    try await eventually("Meta is asked for the token") { harness.graph.count("GET /oauth/access_token") == 2 }
    try await SealedColumnsTests.check(
      harness, finds: ["senders.access_token", "senders.pin", "onboarding.code", "saved_answers.answer"])
    latch.open()
    await harness.stop()
  }

  @Test func `a token whose onboarding waits for the owner is declared too`() async throws {
    try await SenderRegistryHarness.run { harness in
      harness.graph.change { $0.verification = "NOT_VERIFIED" }
      let waiting = try await harness.createSender("+14155550123")
      try await harness.connect(waiting.id)
      _ = try await harness.sender(waiting.id, "asked for its code") {
        $0.reasons.contains { $0.code == "CODE_NEEDED" }
      }
      try await SealedColumnsTests.check(harness, finds: ["senders.access_token"])
    }
  }

  private static func check(_ harness: SenderRegistryHarness, finds places: Set<String>) async throws {
    let keys = try String(readingFile: harness.files.sealingKeyFile(.senderRegistry))
    let scan = try await SealedScan(harness.database, declared: Schema.sealed, sealedBy: keys)
    #expect(scan.undeclared == [])
    #expect(scan.found.isSuperset(of: places), "\(scan.found)")
    #expect(scan.report.isDone && scan.report.unreadable == [], "\(scan.report)")
  }
}
