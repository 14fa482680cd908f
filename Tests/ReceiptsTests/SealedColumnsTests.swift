import Contracts
import Store
import TestSupport
import Testing
import Wire
import Workers

@testable import Receipts

@Suite struct SealedColumnsTests {
  @Test func `every place with a sealed value is declared, and sealed anew by its declaration`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addSender()
      var context = ReceiptsFixture.front()
      context.key = "save-1"
      let call = ReceiptsAPI.SetWebhook(senderID: ReceiptsFixture.sender, url: "https://hooks.example.com/")
      _ = try await fixture.webhooks.set(call, context)
      let scan = try await SealedScan(fixture.database, declared: Schema.sealed, sealedBy: fixture.keyFile)
      #expect(scan.undeclared == [])
      #expect(scan.found.isSuperset(of: ["webhooks.secret", "saved_answers.answer"]), "\(scan.found)")
      #expect(scan.report.isDone && scan.report.unreadable == [], "\(scan.report)")
    }
  }
}
