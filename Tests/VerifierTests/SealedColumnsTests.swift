import Contracts
import Store
import TestSupport
import Testing
import VerifierHarness
import Wire
import Workers

@testable import Verifier

@Suite struct SealedColumnsTests {
  @Test func `every place with a sealed value is declared, and sealed anew by its declaration`() async throws {
    try await VerifierHarness.run { harness in
      let begun = try await harness.start(key: "start-1")
      _ = try await harness.submit("123-456", to: begun.id)
      _ = try await harness.registry.events.next()
      let keys = try String(readingFile: harness.files.sealingKeyFile(.verifier))
      let scan = try await SealedScan(harness.database, declared: Schema.sealed, sealedBy: keys)
      #expect(scan.undeclared == [])
      #expect(scan.found.isSuperset(of: ["replica_senders.access_token", "saved_answers.answer"]), "\(scan.found)")
      #expect(scan.report.isDone && scan.report.unreadable == [], "\(scan.report)")
    }
  }

  @Test func `where an intercepted number's calls go is sealed, and sealed anew`() async throws {
    try await SessionScene.run { scene in
      _ = try await scene.armed()
      let keys = try String(readingFile: scene.harness.files.sealingKeyFile(.verifier))
      let scan = try await SealedScan(scene.harness.database, declared: Schema.sealed, sealedBy: keys)
      #expect(scan.undeclared == [] && scan.found.contains("interceptions.original"), "\(scan.found)")
      #expect(scan.report.isDone && scan.report.unreadable == [], "\(scan.report)")
    }
  }
}
