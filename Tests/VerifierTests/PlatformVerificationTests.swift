import Contracts
import GraphAPI
import JSON
import Store
import TestSupport
import Testing
import VerifierHarness
import Wire

@testable import Verifier

@Suite struct PlatformVerificationTests {
  private static let number = "+14155550125"

  private func run(_ body: (VerifierHarness, ScriptedCarrier) async throws -> Void) async throws {
    let carrier = try await ScriptedCarrier()
    let settings = carrier.settings.filter { $0.key != "CARRIER_RETRY" && $0.key != "CARRIER_TRIES" }
    do { try await VerifierHarness.run(settings: settings) { try await body($0, carrier) } } catch {
      await carrier.stop()
      throw error
    }
    await carrier.stop()
  }

  private func start(
    _ harness: VerifierHarness, _ sender: SenderID = VerifierHarness.platform,
    method: Verification.Method = .voice, acknowledged: Bool? = true, key: String? = nil
  ) async throws -> Verification {
    try await harness.call(
      VerifierAPI.StartVerification(
        senderID: sender, method: method, language: nil, acknowledgeInterception: acknowledged), key: key)
  }

  @Test(arguments: [nil, false])
  func `a platform number is not verified before its interception is acknowledged`(acknowledged: Bool?) async throws {
    try await run { harness, carrier in
      let failure = await #expect(throws: CallFailure.self) {
        try await start(harness, acknowledged: acknowledged)
      }
      #expect(failure?.code == .invalidArgument && failure?.reason == "INTERCEPTION_NOT_ACKNOWLEDGED")
      #expect(failure?.details?["field"]?.string == "acknowledge_interception")
      #expect(failure?.message.contains("five minutes") == true && failure?.message.contains("intercepted") == true)
      #expect(harness.graph.requests.isEmpty && carrier.requests.isEmpty)
    }
  }

  @Test func `a number in the partner's pool is verified by its id there`() async throws {
    try await run { harness, carrier in
      let begun = try await start(harness, key: "k")
      #expect(begun.state == .codeRequested && begun.note == nil)
      #expect(carrier.requests == ["GET /Calls"])
      #expect(harness.graph.count("POST /1065/request_code") == 1)
      #expect(try await harness.submit("123456", to: begun.id).state == .verified)
      #expect(try await harness.registry.events.next().senderID == VerifierHarness.platform)
    }
  }

  @Test func `a number that carries a call is left alone`() async throws {
    try await run { harness, carrier in
      carrier.setCall(true, to: Self.number)
      let busy = await #expect(throws: CallFailure.self) { try await start(harness) }
      #expect(busy?.code == .failedPrecondition && busy?.reason == "NUMBER_BUSY")
      #expect(busy?.retry == .afterMilliseconds(60_000))
      #expect(harness.graph.requests.isEmpty)
      carrier.setCall(false, to: Self.number)
      let begun = try await start(harness, key: "k")
      // Meta calls now: a repeat of the request is not refused for that.
      carrier.setCall(true, to: Self.number)
      #expect(try await start(harness, key: "k").id == begun.id)
    }
  }

  @Test func `a carrier that does not tell is waited for`() async throws {
    try await run { harness, carrier in
      carrier.order("GET /Calls", .garbage)
      let failure = await #expect(throws: CallFailure.self) { try await start(harness) }
      #expect(failure?.code == .unavailable && failure?.reason == "CARRIER_UNREACHABLE")
      #expect(harness.graph.requests.isEmpty)
    }
  }

  @Test func `what cannot be checked is said in the verification`() async throws {
    try await run { harness, carrier in
      let manual = try await start(harness, VerifierHarness.manual)
      #expect(manual.note?.contains("by hand") == true && carrier.requests.isEmpty)
      #expect(try await harness.get(manual.id).note == manual.note)
    }
    try await VerifierHarness.run { harness in
      let unchecked = try await start(harness)
      #expect(unchecked.note?.contains("No carrier") == true)
    }
  }

  @Test func `another verification of the same number keeps this one out`() async throws {
    try await run { harness, _ in
      try await harness.database.write { connection in
        try connection.execute(
          "UPDATE replica_senders SET phone_number = ? WHERE sender_id = ?", Self.number, VerifierHarness.sender.text)
      }
      _ = try await harness.start()
      let failure = await #expect(throws: CallFailure.self) { try await start(harness) }
      #expect(failure?.code == .failedPrecondition && failure?.reason == "VERIFICATION_RUNNING")
      #expect(harness.graph.count("POST /1065/request_code") == 1)
    }
  }

  @Test func `an external number is verified as before`() async throws {
    try await run { harness, carrier in
      let begun = try await harness.start()
      #expect(begun.state == .codeRequested && begun.note == nil)
      #expect(carrier.requests.isEmpty)
    }
  }

  // MARK: Meta's waits

  @Test func `what Meta wants to be waited for is shown and kept`() async throws {
    try await VerifierHarness.run { harness in
      harness.graph.order("POST /1065/request_code", .error(136_024, "Try again in 4 hours."))
      let refused = try await harness.start()
      let until = Timestamp(milliseconds: harness.clock.now + 4 * 3_600_000)
      #expect(refused.state == .failed && refused.retryAt == until)
      harness.clock.advance(by: .seconds(3_600))
      let early = await #expect(throws: CallFailure.self) { try await harness.start() }
      #expect(early?.code == .resourceExhausted && early?.reason == "CODE_REQUEST_TOO_EARLY")
      #expect(early?.retry == .afterMilliseconds(3 * 3_600_000))
      #expect(early?.details?["retry_at"]?.string == until.description)
      #expect(harness.graph.count("POST /1065/request_code") == 1)
      // The other way has limits of its own.
      #expect(try await harness.start(.voice).state == .codeRequested)
      harness.clock.advance(by: .seconds(3 * 3_600))
      #expect(try await harness.start().state == .codeRequested)
    }
  }

  @Test func `a limit without words is waited for too`() async throws {
    try await VerifierHarness.run { harness in
      harness.graph.order("POST /1065/request_code", .error(613, "Calls to this api have exceeded the rate limit."))
      let busy = try await harness.start()
      #expect(busy.reason?.code == "META_BUSY")
      #expect(busy.retryAt == Timestamp(milliseconds: harness.clock.now + 60_000))
      harness.graph.order("POST /1065/request_code", .error(136_024, "not now"))
      let refused = try await harness.start(.voice)
      #expect(refused.retryAt == Timestamp(milliseconds: harness.clock.now + 3_600_000))
    }
  }

  @Test(arguments: [("2026-01-01T00:00:00+0000", false), ("2099-01-01T00:00:00+0000", true)])
  func `a number that is verified anew is not verified by its old proof`(time: String, isVerified: Bool) async throws {
    try await VerifierHarness.run { harness in
      harness.graph.order("POST /1065/request_code", .error(136_024, "not now"))
      harness.graph.order(
        "GET /1065",
        .body(#"{"id":"1065","code_verification_status":"VERIFIED","code_verification_time":"\#(time)"}"#))
      let answer = try await harness.call(
        VerifierAPI.StartVerification(
          senderID: VerifierHarness.manual, method: .sms, language: nil, acknowledgeInterception: true))
      #expect(answer.state == (isVerified ? .verified : .failed))
      #expect(answer.reason?.code == (isVerified ? nil : "CODE_REQUEST_REFUSED"))
    }
  }

  @Test func `a number whose open verification has lost its sender is not verified for another`() async throws {
    try await VerifierHarness.run { harness in
      try await harness.database.write { connection in
        let gone = VerificationRow(
          id: VerificationID(trusted: "ver_01JD0000000000000000000009"), accountID: VerifierHarness.account,
          senderID: SenderID(trusted: "snd_01JD0000000000000000000009"), method: .sms, language: "en_US",
          phoneNumber: "+14155550126", dueAt: .max / 2, now: 1)
        try connection.insert(gone)
      }
      let failure = await #expect(throws: CallFailure.self) {
        try await harness.call(
          VerifierAPI.StartVerification(
            senderID: VerifierHarness.manual, method: .sms, language: nil, acknowledgeInterception: true))
      }
      #expect(failure?.reason == "VERIFICATION_RUNNING")
    }
  }

  @Test(
    arguments: [
      ("Try again in 4 hours.", 14_400_000), ("wait 57 minutes", 3_420_000), ("in 1 day", 86_400_000),
      ("30 seconds left", 30_000), ("error 136024: wait 2 hrs", 7_200_000), ("in 4h", nil), ("later", nil),
      ("99999 hours", nil), ("", nil),
    ] as [(String, Int64?)])
  func `the wait in Meta's words is read`(text: String, milliseconds: Int64?) {
    #expect(MetaWait.parse(text) == milliseconds)
  }

  @Test func `no wait is longer than three days or shorter than a second`() {
    #expect(MetaWait.of(GraphError(httpStatus: 400, code: 136_024, message: "in 90 days")) == 259_200_000)
    #expect(MetaWait.of(GraphError(httpStatus: 400, code: 4, message: "", retryAfterMilliseconds: 0)) == 1_000)
    #expect(MetaWait.of(GraphError(httpStatus: 400, code: 4, message: "")) == nil)
  }
}
