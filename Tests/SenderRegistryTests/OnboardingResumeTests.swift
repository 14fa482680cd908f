import Contracts
import Store
import SenderRegistryHarness
import Testing
import TestSupport
import Wire

@testable import SenderRegistry

@Suite struct OnboardingResumeTests {
  /// What Meta is asked in each step, the one request that shows the step running.
  private static let requests: [(OnboardingStep.Name, String)] = [
    (.checkToken, "GET /debug_token"), (.addNumber, "POST /1029/phone_numbers"),
    (.matchNumber, "GET /1029/phone_numbers"), (.subscribeApp, "POST /1029/subscribed_apps"),
    (.register, "POST /1065/register"),
  ]

  /// Starts a service, waits until `request` hangs at Meta, stops it there, lets Meta finish, starts the next one.
  private func interrupted(
    at request: String, numberGiven: Bool = true, prepare: (ScriptedGraph) -> Void = { _ in },
    _ check: (SenderRegistryHarness, SenderID) async throws -> Void
  ) async throws {
    let first = try await SenderRegistryHarness()
    prepare(first.graph)
    let latch = Latch()
    first.graph.order(request, .held(latch))
    let sender = try await first.createSender()
    try await first.connect(sender.id, phoneNumberID: numberGiven ? "1065" : nil)
    try await eventually("Meta to be asked") { first.graph.count(request) > 0 }
    await first.stop(withGraph: false)
    latch.open()
    let second = try await SenderRegistryHarness(files: first.files, graph: first.graph, adminKey: first.adminKey)
    do {
      try await check(second, sender.id)
    } catch {
      await second.stop()
      throw error
    }
    await second.stop()
  }

  @Test func `a stop between the code exchange and its answer has spent the code`() async throws {
    try await interrupted(at: "GET /oauth/access_token") { harness, id in
      let failed = try await harness.sender(id, reaches: .failed)
      #expect(failed.reasons.map(\.code) == ["SIGNUP_CODE_SPENT"])
      #expect(harness.graph.count("GET /oauth/access_token") == 1)
    }
  }

  @Test(arguments: requests)
  func `a stop in the middle of a step is resumed at that step`(
    step: OnboardingStep.Name, request: String
  ) async throws {
    try await interrupted(
      at: request, numberGiven: step != .addNumber,
      prepare: { graph in graph.change { $0.hasNumber = step != .addNumber } }
    ) { harness, id in
      _ = try await harness.sender(id, reaches: .online)
      // What was done before the stop is not done again.
      #expect(harness.graph.count("GET /oauth/access_token") == 1)
      #expect(harness.graph.count("POST /1029/phone_numbers") <= 1)
      #expect(harness.graph.count("POST /1065/register") == 1)
    }
  }

  @Test func `a stop after the number was read but not stored is resumed too`() async throws {
    // The same request serves three steps: the third one belongs to read_number.
    let first = try await SenderRegistryHarness()
    let sender = try await first.createSender()
    let latch = Latch()
    first.graph.order("GET /1065", .body("{\"id\":\"1065\",\"code_verification_status\":\"VERIFIED\"}"))
    first.graph.order("GET /1065", .body("{\"id\":\"1065\",\"status\":\"PENDING\"}"))
    first.graph.order("GET /1065", .held(latch))
    try await first.connect(sender.id)
    try await eventually("read_number to ask") { first.graph.count("GET /1065") == 3 }
    await first.stop(withGraph: false)
    latch.open()
    let second = try await SenderRegistryHarness(files: first.files, graph: first.graph, adminKey: first.adminKey)
    _ = try await second.sender(sender.id, reaches: .online)
    #expect(second.graph.count("POST /1065/register") == 1)
    await second.stop()
  }

  @Test func `a lost answer to register is settled by reading the number`() async throws {
    try await SenderRegistryHarness.run { harness in
      harness.graph.order("POST /1065/register", .lost)
      let sender = try await harness.createSender()
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .online)
      #expect(harness.graph.count("POST /1065/register") == 1)
    }
  }

  @Test func `a lost answer to the addition is settled by listing the numbers`() async throws {
    try await SenderRegistryHarness.run { harness in
      harness.graph.change { $0.hasNumber = false }
      harness.graph.order("POST /1029/phone_numbers", .lost)
      let sender = try await harness.createSender()
      try await harness.connect(sender.id, phoneNumberID: nil)
      let online = try await harness.sender(sender.id, reaches: .online)
      #expect(online.phoneNumberID == "1065")
      #expect(harness.graph.count("POST /1029/phone_numbers") == 1)
    }
  }

  @Test func `a passing error of Meta's is tried again`() async throws {
    try await SenderRegistryHarness.run { harness in
      harness.graph.order("GET /oauth/access_token", .error(2, "temporarily unavailable", status: 503))
      harness.graph.order("POST /1029/subscribed_apps", .error(80_007, "limit"), .error(1, "hm", isTransient: true))
      let sender = try await harness.createSender()
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .online)
      #expect(harness.graph.count("GET /oauth/access_token") == 2)
      #expect(harness.graph.count("POST /1029/subscribed_apps") == 3)
    }
  }

  // MARK: Numbers that need a code

  private func verified(_ sender: SenderID, _ event: String, isVerified: Bool = true)
    -> SenderRegistryAPI.RecordVerification
  {
    SenderRegistryAPI.RecordVerification(
      eventID: EventID(trusted: "evt_" + event),
      verificationID: VerificationID(trusted: "ver_01JD0000000000000000000000"), senderID: sender,
      isVerified: isVerified,
      reason: isVerified ? nil : SenderReason(code: "CODE_WRONG", message: "wrong", nextStep: "again"))
  }

  @Test func `an unverified number waits for its code and goes on when the verifier reports it`() async throws {
    try await SenderRegistryHarness.run { harness in
      harness.graph.change { $0.verification = "NOT_VERIFIED" }
      let sender = try await harness.createSender()
      try await harness.connect(sender.id)
      let waiting = try await harness.sender(sender.id, reaches: .pending)
      #expect(waiting.reasons.map(\.code) == ["CODE_NEEDED"])
      #expect(waiting.phoneNumberID == "1065")
      #expect(try await harness.steps(sender.id).contains("verify_number:waiting"))

      _ = try await harness.call(verified(sender.id, "wrong", isVerified: false), from: .verifier)
      let refused = try await harness.sender(sender.id, "told why") { $0.reasons.count == 2 }
      #expect(refused.reasons.map(\.code) == ["CODE_NEEDED", "CODE_WRONG"])

      harness.graph.change { $0.verification = "VERIFIED" }
      _ = try await harness.call(verified(sender.id, "right"), from: .verifier)
      _ = try await harness.call(verified(sender.id, "right"), from: .verifier)
      _ = try await harness.sender(sender.id, reaches: .online)
      #expect(harness.graph.count("POST /1065/register") == 1)
    }
  }

  @Test func `an event that is repeated after its effect changes nothing`() async throws {
    try await SenderRegistryHarness.run { harness in
      harness.graph.change { $0.verification = "NOT_VERIFIED" }
      let sender = try await harness.createSender()
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .pending)
      _ = try await harness.call(verified(sender.id, "once"), from: .verifier)
      _ = try await harness.sender(sender.id, reaches: .online)
      let position = try await harness.database.read { try $0.replicaPosition() }
      _ = try await harness.call(verified(sender.id, "once"), from: .verifier)
      #expect(try await harness.database.read { try $0.replicaPosition() } == position)
    }
  }

  @Test func `word from the verifier that overtakes the waiting step is not lost`() async throws {
    try await SenderRegistryHarness.run { harness in
      harness.graph.change { $0.verification = "NOT_VERIFIED" }
      let latch = Latch()
      harness.graph.order("GET /1065", .held(latch))
      let sender = try await harness.createSender()
      try await harness.connect(sender.id)
      try await eventually("Meta to be asked") { harness.graph.count("GET /1065") == 1 }
      _ = try await harness.call(verified(sender.id, "early"), from: .verifier)
      latch.open()
      _ = try await harness.sender(sender.id, reaches: .online)
    }
  }

  @Test func `an event of a sender nobody knows is refused`() async throws {
    try await SenderRegistryHarness.run { harness in
      let call = verified(SenderID(trusted: "snd_01JD0000000000000000000000"), "x")
      let failure = await #expect(throws: CallFailure.self) { try await harness.call(call, from: .verifier) }
      #expect(failure?.reason == "SENDER_NOT_FOUND")
    }
  }

  @Test func `a sender that is being connected cannot be connected beside it`() async throws {
    try await SenderRegistryHarness.run { harness in
      let latch = Latch()
      harness.graph.order("GET /debug_token", .held(latch))
      let sender = try await harness.createSender()
      try await harness.connect(sender.id)
      let failure = await #expect(throws: CallFailure.self) { try await harness.connect(sender.id) }
      #expect(failure?.code == .failedPrecondition && failure?.reason == "ONBOARDING_RUNNING")
      latch.open()
      _ = try await harness.sender(sender.id, reaches: .online)
    }
  }

  @Test func `ids of events are forgotten after thirty days`() async throws {
    try await SenderRegistryHarness.run { harness in
      let seen = try await harness.database.write { connection in
        let day: Int64 = 86_400_000
        let (old, new) = (EventID(trusted: "evt_old"), EventID(trusted: "evt_new"))
        return [
          try connection.receive(old, now: 0), try connection.receive(old, now: 29 * day),
          try connection.receive(new, now: 31 * day), try connection.receive(old, now: 31 * day),
        ]
      }
      #expect(seen == [true, false, true, true])
    }
  }

  @Test func `no more senders are in work than the worker may hold, and the others follow`() async throws {
    try await SenderRegistryHarness.run { harness in
      let latch = Latch()
      let count = OnboardingWorker.concurrency + 4
      for _ in 0..<count { harness.graph.order("GET /oauth/access_token", .held(latch)) }
      var ids: [SenderID] = []
      for index in 0..<count { ids.append(try await harness.createSender("+141555503\(10 + index)").id) }
      for id in ids { try await harness.connect(id) }
      func started() async throws -> Int? {
        try await harness.database.read {
          try $0.first("SELECT count(*) FROM onboarding_steps WHERE state = 'started'") { try $0.int(0) }
        }
      }
      try await eventually("the worker to be full") { try await started() == OnboardingWorker.concurrency }
      latch.open()
      // None of them has the scripted number.
      for id in ids {
        let failed = try await harness.sender(id, reaches: .failed)
        #expect(failed.reasons.map(\.code) == ["NUMBER_MISMATCH"])
      }
    }
  }
}
