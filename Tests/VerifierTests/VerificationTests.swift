import Contracts
import Crypto
import Daemon
import JSON
import Store
import Telemetry
import TestSupport
import VerifierHarness
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
      #expect(event.isVerified && event.state == .verified && event.method == .sms)
      #expect(try await harness.registry.steps.next().state == .codeRequested)
      // Handing it in again changes nothing.
      #expect(try await harness.submit("123456", to: begun.id) == done)
      #expect(harness.graph.count("POST /1065/verify_code") == 1)
    }
  }

  // MARK: Asking for a code

  @Test func `a sender without a number at Meta cannot be verified`() async throws {
    try await VerifierHarness.run { harness in
      let failure = await #expect(throws: CallFailure.self) {
        try await harness.call(
          VerifierAPI.StartVerification(senderID: VerifierHarness.unconnected, method: .sms, language: nil))
      }
      #expect(failure?.code == .failedPrecondition && failure?.reason == "SENDER_NOT_CONNECTED")
      #expect(harness.graph.requests.isEmpty)
    }
  }

  @Test func `one verification of a sender is open at a time`() async throws {
    try await VerifierHarness.run { harness in
      let first = try await harness.start()
      let failure = await #expect(throws: CallFailure.self) { try await harness.start(.voice) }
      #expect(failure?.code == .failedPrecondition && failure?.reason == "VERIFICATION_OPEN")
      #expect(failure?.details?["verification_id"]?.string == first.id.text)
      #expect(harness.graph.count("POST /1065/request_code") == 1)
      // After the waiting time a newer one takes its place, and the registry is told only of the newer one's end.
      harness.clock.advance(by: .seconds(61))
      let second = try await harness.start(.voice)
      #expect(second.state == .codeRequested)
      let old = try await harness.get(first.id)
      #expect(old.state == .expired && old.reason?.code == "SUPERSEDED")
      _ = try await harness.submit("123456", to: second.id)
      #expect(try await harness.registry.events.next().verificationID == second.id)
    }
  }

  @Test func `ten at once ask Meta for one code`() async throws {
    try await VerifierHarness.run { harness in
      let states = await withTaskGroup(of: Verification.State?.self) { group in
        for _ in 0..<10 { group.addTask { try? await harness.start().state } }
        return await group.reduce(into: [Verification.State]()) { if let state = $1 { $0.append(state) } }
      }
      #expect(states == [.codeRequested])
      #expect(harness.graph.count("POST /1065/request_code") == 1)
    }
  }

  @Test func `every POST gives the same answer to the same key and has one effect`() async throws {
    try await VerifierHarness.run { harness in
      @Sendable func answer<C: Call>(_ call: C, _ key: String) async throws -> [UInt8] {
        try JSONCoder.encode(try await harness.call(call, key: key))
      }
      let check = IdempotencyCheck(try harness.database) { try await answer($0, $1) }
      let start = IdempotencyCheck.Story(
        VerifierAPI.StartVerification(senderID: VerifierHarness.sender, method: .sms, language: nil),
        other: VerifierAPI.StartVerification(senderID: VerifierHarness.sender, method: .voice, language: nil))
      #expect(try await check.problems(with: start).isEmpty)
      #expect(harness.graph.count("POST /1065/request_code") == 1)
      let begun = try await harness.call(
        VerifierAPI.StartVerification(senderID: VerifierHarness.sender, method: .sms, language: nil),
        key: "check-verifier.verification.start")
      // A wrong code first: its repeat does not spend another try at Meta.
      let submit = IdempotencyCheck.Story(
        VerifierAPI.SubmitCode(id: begun.id, code: "000000"),
        other: VerifierAPI.SubmitCode(id: begun.id, code: "123456"))
      #expect(try await check.problems(with: submit).isEmpty)
      #expect(harness.graph.count("POST /1065/verify_code") == 1)
      #expect(IdempotencyCheck.uncovered(VerifierAPI.calls, by: [start, submit] + Self.machineStories) == [])
    }
  }

  private static let again = VerifierAPI.CallAgain(
    id: VerificationID(trusted: "ver_01JD0000000000000000000000"), acknowledgeInterception: true)
  private static let cancel = VerifierAPI.CancelVerification(id: again.id)
  private static let another = VerificationID(trusted: "ver_01JD0000000000000000000009")
  private static let machineStories = [
    IdempotencyCheck.Story(again, other: VerifierAPI.CallAgain(id: another, acknowledgeInterception: true)),
    IdempotencyCheck.Story(cancel, other: VerifierAPI.CancelVerification(id: another)),
  ]

  @Test func `another call, and the end, happen once for a key too`() async throws {
    try await SessionScene.run { scene in
      let session = try await scene.armed()
      // As it stands when a recording waits for somebody who listens, under the id that the stories name.
      try await scene.harness.database.write { connection in
        try connection.giveBack(session.id, now: scene.harness.clock.now)
        try connection.execute(
          "UPDATE verifications SET id = ?, state = 'needs_a_listener', armed_at = NULL, retry_at = NULL, due_at = ?",
          Self.again.id.text, Int64.max)
      }
      try await eventually("the route to be restored") {
        try scene.harness.service.wakeWorkers()
        return try await scene.harness.database.read {
          try $0.unfinishedInterception(.session, of: SessionScene.number)
        }
          == nil
      }
      @Sendable func answer<C: Call>(_ call: C, _ key: String) async throws -> [UInt8] {
        try JSONCoder.encode(try await scene.harness.call(call, key: key))
      }
      let check = IdempotencyCheck(try scene.harness.database) { try await answer($0, $1) }
      for story in Self.machineStories { #expect(try await check.problems(with: story) == []) }
      #expect(scene.harness.graph.count("POST /1065/request_code") <= 2)
    }
  }

  @Test func `while Meta is asked the same key is told to come back`() async throws {
    try await VerifierHarness.run { harness in
      let answered = Latch()
      harness.graph.order("POST /1065/request_code", .held(answered))
      async let first = harness.start(key: "k")
      try await eventually("Meta to be asked") { harness.graph.count("POST /1065/request_code") == 1 }
      let failure = await #expect(throws: CallFailure.self) { try await harness.start(key: "k") }
      #expect(failure?.reason == "IDEMPOTENCY_KEY_IN_USE" && failure?.retry == .afterMilliseconds(1_000))
      answered.open()
      let begun = try await first
      #expect(try await harness.start(key: "k") == begun)
      #expect(harness.graph.count("POST /1065/request_code") == 1)
    }
  }

  @Test func `after a death between the question and its answer the same key gets what is true`() async throws {
    let harness = try await VerifierHarness()
    // What a process leaves behind that dies while Meta is asked: the row and the key, and no answer.
    _ = try await harness.start(key: "k")
    try await harness.database.write { connection in
      try connection.execute("UPDATE verifications SET state = 'requested', retry_at = NULL")
      let sealed = try connection.first("SELECT account_id, operation, key, answer FROM saved_answers") { row in
        (try row.text(0), try row.text(1), try row.text(2), try row.text(3))
      }
      let (account, operation, key, answer) = try #require(sealed)
      let binding = "saved_answers.answer:\(account):\(operation):\(key)"
      let keyring = try SealingKeyring(file: harness.files.sealingKeyFile(.verifier))
      let hash = Array(try keyring.open(answer, binding: binding).bytes.prefix(32))
      try connection.execute(
        "UPDATE saved_answers SET answer = ?", keyring.seal(Secret(hash), binding: binding))
    }
    await harness.stop(withOutside: false)
    let next = try await VerifierHarness(after: harness)
    try await eventually("the watcher to settle it") {
      try await next.start(key: "k").state == .codeRequested
    }
    let answer = try await next.start(key: "k")
    #expect(answer.reason?.code == "CODE_MAYBE_SENT")
    #expect(harness.graph.count("POST /1065/request_code") == 1)
    await next.stop()
  }

  @Test func `a repeated key gets the same verification and another body is refused`() async throws {
    try await VerifierHarness.run { harness in
      let first = try await harness.start(key: "k")
      #expect(try await harness.start(key: "k").id == first.id)
      #expect(harness.graph.count("POST /1065/request_code") == 1)
      let failure = await #expect(throws: CallFailure.self) { try await harness.start(.voice, key: "k") }
      #expect(failure?.reason == "IDEMPOTENCY_KEY_REUSED")
    }
  }

  @Test func `a refusal of Meta's ends the verification and tells why`() async throws {
    try await VerifierHarness.run { harness in
      harness.graph.order("POST /1065/request_code", .error(136_024, "try again in 4 hours"))
      let refused = try await harness.start()
      #expect(refused.state == .failed && refused.reason?.code == "CODE_REQUEST_REFUSED")
      #expect(refused.reason?.message.contains("4 hours") == true)
      let event = try await harness.registry.events.next()
      #expect(!event.isVerified && event.reason?.code == "CODE_REQUEST_REFUSED")
      // It is over, so a new one may begin, another way at once.
      #expect(try await harness.start(.voice).state == .codeRequested)
    }
  }

  @Test func `a number that Meta counts as verified already is verified`() async throws {
    try await VerifierHarness.run { harness in
      harness.graph.change { $0.verification = "VERIFIED" }
      harness.graph.order("POST /1065/request_code", .error(136_024, "already verified"))
      let begun = try await harness.start()
      #expect(begun.state == .verified)
      #expect(try await harness.registry.events.next().isVerified)
    }
  }

  @Test func `a lost answer to the request is not asked again at once`() async throws {
    try await VerifierHarness.run { harness in
      harness.graph.order("POST /1065/request_code", .lost)
      let maybe = try await harness.start()
      #expect(maybe.state == .codeRequested && maybe.reason?.code == "CODE_MAYBE_SENT")
      #expect(maybe.retryAt == Timestamp(milliseconds: harness.clock.now + 60_000))
      #expect(harness.graph.count("POST /1065/request_code") == 1)
      // The code did come.
      #expect(try await harness.submit("123456", to: maybe.id).state == .verified)
    }
  }

  @Test(arguments: ["en", "en_US", "de", "pt_BR", "es_419", "fil"])
  func `a language in Meta's spelling passes`(language: String) { #expect(CodeLanguage.isValid(language)) }

  @Test(arguments: ["", "e", "EN", "en-US", "en_", "en_us", "_US", "en_US_x", "english", "en_US&method=VOICE"])
  func `a language in any other spelling does not`(language: String) { #expect(!CodeLanguage.isValid(language)) }

  // MARK: Handing in the code

  @Test(arguments: ["123456", "123-456", " 123 456 ", "1-2-3-4-5-6"])
  func `six digits are a code however they are grouped`(text: String) {
    #expect(TypedCode(text)?.digits == "123456")
  }

  @Test(arguments: [
    "", "12345", "1234567", "12345a", "１２３４５６", "123.456", String(repeating: " ", count: 70) + "123456",
  ])
  func `anything else is not`(text: String) { #expect(TypedCode(text) == nil) }

  @Test func `a wrong code may be corrected, but not for ever`() async throws {
    try await VerifierHarness.run { harness in
      let begun = try await harness.start()
      let wrong = try await harness.submit("000000", to: begun.id)
      #expect(wrong.state == .codeRequested && wrong.reason?.code == "CODE_WRONG")
      for _ in 0..<8 { _ = try await harness.submit("000000", to: begun.id) }
      #expect(try await harness.get(begun.id).state == .codeRequested)
      let last = try await harness.submit("000000", to: begun.id)
      #expect(last.state == .failed && last.reason?.code == "CODE_TRIES_USED_UP")
      let failure = await #expect(throws: CallFailure.self) { try await harness.submit("123456", to: begun.id) }
      #expect(failure?.reason == "VERIFICATION_OVER")
    }
  }

  @Test func `a code that is not one never reaches Meta`() async throws {
    try await VerifierHarness.run { harness in
      let begun = try await harness.start()
      let failure = await #expect(throws: CallFailure.self) { try await harness.submit("12345", to: begun.id) }
      #expect(failure?.code == .invalidArgument && failure?.reason == "CODE_INVALID")
      #expect(harness.graph.count("POST /1065/verify_code") == 0)
    }
  }

  @Test func `a lost token ends the verification`() async throws {
    try await VerifierHarness.run { harness in
      let begun = try await harness.start()
      harness.graph.order("POST /1065/verify_code", .error(190, "Error validating access token", status: 401))
      let failed = try await harness.submit("123456", to: begun.id)
      #expect(failed.state == .failed && failed.reason?.code == "TOKEN_INVALID")
    }
  }

  @Test func `a busy Meta does not count as a wrong code`() async throws {
    try await VerifierHarness.run { harness in
      let begun = try await harness.start()
      harness.graph.order("POST /1065/verify_code", .error(4, "limit"))
      let busy = try await harness.submit("123456", to: begun.id)
      #expect(busy.state == .codeRequested && busy.reason?.code == "META_BUSY")
      #expect(try await harness.submit("123456", to: begun.id).state == .verified)
    }
  }

  @Test func `a lost answer to the code is settled by reading the number at once`() async throws {
    try await VerifierHarness.run { harness in
      let begun = try await harness.start()
      harness.graph.order("POST /1065/verify_code", .lost)
      #expect(try await harness.submit("123456", to: begun.id).state == .verified)
      #expect(try await harness.registry.events.next().isVerified)
      #expect(harness.graph.count("POST /1065/verify_code") == 1)
    }
  }

  @Test func `what cannot be settled at once is read again until Meta knows`() async throws {
    try await VerifierHarness.run { harness in
      let begun = try await harness.start()
      harness.graph.order("POST /1065/verify_code", .garbage)
      let submitted = try await harness.submit("123456", to: begun.id)
      #expect(submitted.state == .submitted)
      let failure = await #expect(throws: CallFailure.self) { try await harness.submit("123456", to: begun.id) }
      #expect(failure?.code == .aborted && failure?.reason == "CODE_IN_CHECK")
      harness.graph.change { $0.verification = "VERIFIED" }
      _ = try await harness.after(.seconds(3), begun.id, reaches: .verified)
      #expect(try await harness.registry.events.next().isVerified)
      #expect(harness.graph.count("POST /1065/verify_code") == 1)
    }
  }

  @Test func `after enough reads the person is asked again`() async throws {
    try await VerifierHarness.run { harness in
      let begun = try await harness.start()
      harness.graph.order("POST /1065/verify_code", .garbage)
      _ = try await harness.submit("123456", to: begun.id)
      let service = try harness.service
      try await eventually("the reads to be used up") {
        harness.clock.advance(by: .seconds(40))
        service.wakeWorkers()
        return try await harness.get(begun.id).state != .submitted
      }
      let open = try await harness.get(begun.id)
      #expect(open.state == .codeRequested && open.reason?.code == "CODE_OUTCOME_UNKNOWN")
      #expect(harness.graph.count("GET /1065") == 1 + VerificationTimes().reads)
      #expect(try await harness.submit("123456", to: begun.id).state == .verified)
    }
  }

  @Test func `silence ends a verification`() async throws {
    try await VerifierHarness.run { harness in
      let begun = try await harness.start()
      harness.clock.advance(by: .seconds(599))
      try harness.service.wakeWorkers()
      #expect(try await harness.get(begun.id).state == .codeRequested)
      let over = try await harness.after(.seconds(2), begun.id, reaches: .expired)
      #expect(over.reason?.code == "NO_CODE_IN_TIME")
      let event = try await harness.registry.events.next()
      #expect(!event.isVerified && event.reason?.code == "NO_CODE_IN_TIME")
    }
  }

  @Test func `a verification that ends after a wrong code does not ask for that code again`() async throws {
    try await VerifierHarness.run { harness in
      let begun = try await harness.start()
      let wrong = try await harness.submit("000000", to: begun.id)
      #expect(wrong.reason?.code == "CODE_WRONG" && wrong.voiceAt == begun.retryAt)
      let over = try await harness.after(.seconds(601), begun.id, reaches: .expired)
      #expect(over.reason == .silence(.sms))
      #expect(try await harness.registry.events.next().reason == .silence(.sms))
    }
  }

  // MARK: Accounts and secrets

  @Test func `another account sees nothing`() async throws {
    try await VerifierHarness.run { harness in
      let begun = try await harness.start()
      func reason<C: Call>(_ call: C) async -> String? {
        do {
          _ = try await harness.call(call, account: VerifierHarness.stranger)
          return nil
        } catch {
          return (error as? CallFailure)?.reason
        }
      }
      #expect(
        await reason(VerifierAPI.StartVerification(senderID: VerifierHarness.sender, method: .sms, language: nil))
          == "SENDER_NOT_FOUND")
      #expect(await reason(VerifierAPI.SubmitCode(id: begun.id, code: "123456")) == "VERIFICATION_NOT_FOUND")
      #expect(await reason(VerifierAPI.GetVerification(id: begun.id)) == "VERIFICATION_NOT_FOUND")
      let none = await #expect(throws: CallFailure.self) {
        try await harness.call(VerifierAPI.GetVerification(id: begun.id), account: nil)
      }
      #expect(none?.reason == "ACCOUNT_REQUIRED")
    }
  }

  @Test func `neither the code nor the token is stored or logged`() async throws {
    try await VerifierHarness.run { harness in
      harness.graph.change { $0.code = "739158" }
      let begun = try await harness.start()
      #expect(try await harness.submit("739-158", to: begun.id).state == .verified)
      try await harness.database.checkpoint()
      let bytes = try harness.files.databaseBytes(.verifier)
      let lines = harness.log.all.joined(separator: "\n")
      #expect(bytes.count > 4_096)
      for secret in ["739158", "739-158", harness.graph.world.token] {
        #expect(!bytes.contains(secret), "\(secret) is in the file")
        #expect(!lines.contains(secret), "\(secret) is in the log")
      }
    }
  }
}
