import Contracts
import SenderRegistryHarness
import Store
import TestSupport
import Testing
import Workers

@testable import SenderRegistry

/// Every way an onboarding can fail, against a Meta whose answers are scripted word by word.
@Suite struct OnboardingFailureTests {
  @Test(arguments: OnboardingFailureCase.all)
  func `the failure is told by its code, with a next step, and leaves no secret behind`(
    _ failure: OnboardingFailureCase
  ) async throws {
    try await SenderRegistryHarness.run(settings: failure.settings) { harness in
      failure.prepare(harness.graph)
      let sender = try await harness.createSender()
      try await harness.connect(sender.id, phoneNumberID: failure.isNumberGiven ? "1065" : nil, event: failure.event)
      let failed = try await harness.sender(sender.id, reaches: .failed)
      #expect(failed.reasons.map(\.code) == [failure.code.rawValue])
      #expect(failed.reasons.first?.nextStep.isEmpty == false)
      if let words = failure.words { #expect(failed.reasons.first?.message.contains(words) == true) }
      let steps = try await harness.steps(sender.id)
      #expect(steps.contains("\(failure.step.rawValue):failed"), "\(steps)")
      // Neither code nor token stays behind.
      let left = try await harness.database.read {
        try $0.first("SELECT count(*) FROM onboarding WHERE code IS NOT NULL OR access_token IS NOT NULL") {
          try $0.int(0)
        }
      }
      #expect(left == 0)
    }
  }

  @Test func `every code has a case, here or in a test of its own`() {
    let elsewhere: Set<OnboardingCode> = [
      // A popup that stopped, a code that is missing and a number that is taken fail no step of this sender's own.
      .signupCancelled, .signupError, .codeNeeded, .numberTaken,
    ]
    #expect(Set(OnboardingFailureCase.all.map(\.code)).union(elsewhere) == Set(OnboardingCode.allCases))
  }

  @Test func `the README lists the same codes`() throws {
    let text = try String(readingFile: SourceTree.root + "/Services/SenderRegistry/README.md")
    let table = text.split(separator: "<!-- onboarding codes -->").dropFirst().first ?? ""
    let codes = table.split(separator: "\n").compactMap { line -> String? in
      line.hasPrefix("| `") ? String(line.dropFirst(3).prefix { $0 != "`" }) : nil
    }
    #expect(codes == OnboardingCode.allCases.map(\.rawValue))
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
