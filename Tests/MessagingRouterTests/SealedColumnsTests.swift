import Contracts
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport
import Wire
import Workers

@testable import MessagingRouter

@Suite struct SealedColumnsTests {
  @Test func `every place with a sealed value is declared, and sealed anew by its declaration`() async throws {
    let sender = TestSender()
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await router.assist(sender)
      try await router.open(sender)
      _ = try await router.caller.call(
        MessagingRouterAPI.CreateAssistant(name: "A", instructions: "Be kind."), account: sender.account, key: "k-1")
      try await router.isQuiet()
      let keys = try String(readingFile: harness.files.sealingKeyFile(.messagingRouter))
      let scan = try await SealedScan(router.database, declared: Schema.sealed, sealedBy: keys)
      #expect(scan.undeclared == [])
      #expect(scan.found.isSuperset(of: ["replica_senders.access_token", "saved_answers.answer"]), "\(scan.found)")
      #expect(scan.report.isDone && scan.report.unreadable == [], "\(scan.report)")
    }
  }
}
