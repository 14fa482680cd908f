import Contracts
import Daemon
import Store
import TestSupport
import Testing
import VerifierHarness
import Wire

@testable import Verifier

/// The machine's session up to the recording: the number, Meta's question, the calls.
@Suite struct SessionTests {
  @Test func `the number is switched before Meta is asked, and Meta is asked for a voice call in English`() async throws
  {
    try await SessionScene.run { scene in
      let begun = try await scene.start()
      #expect(begun.state == .requested && begun.answeredBy == .machine)
      let asked = try await scene.reaches(.codeRequested, begun.id)
      #expect(scene.voiceURL == SessionScene.publicURL + "/carrier/voice")
      #expect(scene.carrier.route(of: SessionScene.number)["VoiceFallbackUrl"] == SessionScene.shop)
      #expect(asked.calls == 1 && asked.interception?.state == .armed)
      #expect(asked.interception?.endsAt == Timestamp(milliseconds: scene.harness.clock.now + 300_000))
      let steps = try await scene.harness.call(VerifierAPI.ReadVerificationEvents(id: begun.id))
      #expect(steps.data.map(\.event) == ["armed", "code_sent"])
    }
  }

  @Test func `a call to the number is recorded in silence, once however often the carrier asks`() async throws {
    try await SessionScene.run { scene in
      let session = try await scene.armed()
      let first = try await scene.call("CA1")
      #expect(first.status == 200 && first.text.contains("<Record") && first.text.contains("playBeep=\"false\""))
      #expect(first.text.contains("action=\"\(SessionScene.publicURL)/carrier/action\""))
      #expect(try await scene.call("CA1").text == first.text)
      #expect(try await scene.harness.get(session.id).state == .callAnswered)
      let calls = try await scene.harness.database.read { try $0.answeredCalls(of: session.id) }
      #expect(calls == 1)
    }
  }

  @Test func `a webhook without the carrier's signature is refused and changes nothing`() async throws {
    try await SessionScene.run { scene in
      let session = try await scene.armed()
      let answer = try await scene.webhook(
        "/carrier/voice", [("CallSid", "CA1"), ("To", SessionScene.number)], token: "another-token")
      #expect(answer.status == 403 && answer.text.contains("SIGNATURE_INVALID"))
      #expect(try await scene.harness.get(session.id).state == .codeRequested)
      #expect(try await scene.webhook("/carrier/voice", [("To", SessionScene.number)]).status == 400)
    }
  }

  @Test func `only the session's number is intercepted`() async throws {
    try await SessionScene.run { scene in
      _ = try await scene.armed()
      #expect(try await scene.call("CA9", to: "+14155550199").text.contains("<Reject"))
      #expect(try await scene.call("CA8", to: "client:anna").text.contains("<Reject"))
    }
  }

  @Test func `after the end a late call goes on to the shop`() async throws {
    try await SessionScene.run { scene in
      let session = try await scene.armed()
      let cancelled = try await scene.harness.call(VerifierAPI.CancelVerification(id: session.id))
      #expect(cancelled.state == .cancelled)
      let late = try await scene.call("CA1")
      #expect(late.text.contains("<Redirect method=\"POST\">https://shop.example/calls?a=1</Redirect>"))
      try await eventually("the route to be restored") { scene.voiceURL == SessionScene.shop }
      #expect(try await scene.harness.call(VerifierAPI.CancelVerification(id: session.id)).state == .cancelled)
    }
  }

  @Test func `no more than eight calls are answered in a session`() async throws {
    try await SessionScene.run { scene in
      _ = try await scene.armed()
      for index in 1...8 { #expect(try await scene.call("CA\(index)").text.contains("<Record")) }
      #expect(try await scene.call("CA9").text.contains("<Redirect"))
    }
  }

  @Test func `when nobody calls Meta is asked three times, then the number is given back with advice`() async throws {
    try await SessionScene.run { scene in
      let session = try await scene.armed()
      for calls in 2...3 {
        scene.harness.clock.advance(by: .seconds(91))
        try await eventually("Meta to be asked again") {
          try scene.harness.service.wakeWorkers()
          let view = try await scene.harness.get(session.id)
          return view.calls == calls && view.state == .codeRequested
        }
      }
      let over = try await scene.reaches(.expired, session.id, after: .seconds(91))
      #expect(over.reason?.code == "NO_CALL" && over.calls == 3)
      #expect(over.reason?.nextStep.contains("5 to 10 minutes") == true)
      #expect(scene.harness.graph.count("POST /1065/request_code") == 3)
      try await eventually("the route to be restored") { scene.voiceURL == SessionScene.shop }
    }
  }

  @Test func `the interception ends after five minutes whatever is waited for`() async throws {
    try await SessionScene.run { scene in
      scene.harness.graph.order("POST /1065/request_code", .error(136_024, "Try again in 4 minutes."))
      let refused = try await scene.reaches(.failed, try await scene.start().id)
      #expect(refused.retryAt == Timestamp(milliseconds: scene.harness.clock.now + 240_000))
      try await eventually("the number to be given back") {
        try await scene.harness.get(refused.id).interception?.state == .restored
      }
      #expect(scene.voiceURL == SessionScene.shop)
      scene.harness.clock.advance(by: .seconds(300))
      let session = try await scene.armed()
      _ = try await scene.call("CA1")
      // The call was answered in time, its recording may still come; the number goes back.
      scene.harness.clock.advance(by: .seconds(301))
      try await eventually("the route to be restored") {
        try scene.harness.service.wakeWorkers()
        return try await scene.harness.get(session.id).interception?.state == .restored
      }
      #expect(scene.voiceURL == SessionScene.shop)
    }
  }

  @Test func `a recording that nobody told of is looked up`() async throws {
    try await SessionScene.run { scene in
      let session = try await scene.armed()
      _ = try await scene.call("CA1")
      let over = try await scene.webhook("/carrier/action", [("CallSid", "CA1"), ("RecordingSid", "RE1")])
      #expect(over.status == 200 && over.text.contains("<Hangup/>"))
      scene.carrier.keep([1, 2, 3], as: "RE1", of: "CA1")
      scene.harness.clock.advance(by: .seconds(11))
      try await eventually("the recording to be found") {
        try scene.harness.service.wakeWorkers()
        return try await scene.harness.database.read { try $0.recordings(of: session.id) }.map(\.recordingSID) == [
          "RE1"
        ]
      }
      #expect(scene.carrier.count("GET /Recordings") >= 1)
    }
  }

  @Test func `a call without a recording leaves the session waiting for Meta's`() async throws {
    try await SessionScene.run { scene in
      let session = try await scene.armed()
      _ = try await scene.call("CA1")
      #expect(try await scene.recorded("CA1", nil, status: "absent") == 204)
      let waiting = try await scene.harness.get(session.id)
      #expect(waiting.state == .codeRequested && waiting.reason?.code == "NO_RECORDING")
      _ = try await scene.call("CA2")
      #expect(try await scene.harness.get(session.id).state == .callAnswered)
      // The first call's webhook once more, and one of a call that is not ours.
      #expect(try await scene.recorded("CA1", "RE1") == 204)
      #expect(try await scene.recorded("CA7", "RE7") == 204)
      #expect(try await scene.harness.database.read { try $0.recordings(of: session.id) }.isEmpty)
    }
  }

  @Test func `a call that is over ends when the carrier asks about it again`() async throws {
    try await SessionScene.run { scene in
      let session = try await scene.armed()
      _ = try await scene.call("CA1")
      #expect(try await scene.recorded("CA1", nil, status: "absent") == 204)
      let late = try await scene.call("CA1")
      #expect(late.status == 200 && late.text.contains("<Hangup/>"))
      #expect(try await scene.harness.get(session.id).state == .codeRequested)
    }
  }

  @Test func `a question that never left is asked again for half a minute`() async throws {
    try await SessionScene.run { scene in
      await scene.harness.graph.stop()
      let session = try await scene.start()
      try await eventually("Meta not to be reached") {
        try await scene.harness.get(session.id).reason?.code == "META_UNREACHABLE"
      }
      let open = try await scene.harness.get(session.id)
      #expect(open.state == .armed && open.calls == 0)
      let over = try await scene.reaches(.failed, session.id, after: .seconds(31))
      #expect(over.reason?.code == "META_UNREACHABLE")
      try await eventually("the route to be restored") { scene.voiceURL == SessionScene.shop }
    }
  }

  @Test func `a call that comes before Meta was asked does not keep Meta from being asked`() async throws {
    try await SessionScene.run { scene in
      let latch = Latch()
      scene.harness.graph.order("POST /1065/request_code", .held(latch))
      let session = try await scene.start()
      try await eventually("Meta to be asked") { scene.harness.graph.count("POST /1065/request_code") == 1 }
      _ = try await scene.call("CA1")
      // The process ends with the question on its way.
      await scene.harness.host.stop(within: .milliseconds(50))
      latch.open()
      let second = try await VerifierHarness(after: scene.harness, settings: SessionScene.settings(scene.carrier))
      let now = second.clock.now
      try await second.database.write { connection in
        try connection.execute("UPDATE calls SET state = 'silent'")
        _ = try connection.apply(.nothingHeard, to: session.id, VerificationTimes(), now: now)
      }
      second.clock.advance(by: .seconds(91))
      try await eventually("Meta to be asked again") {
        try second.service.wakeWorkers()
        return second.graph.count("POST /1065/request_code") == 2
      }
      try await eventually("the answer") { try await second.get(session.id).state == .codeRequested }
      #expect(try await second.get(session.id).calls == 2)
      await second.stop(withOutside: false)
    }
  }

  @Test func `a code that nobody has asked for yet is asked for at once`() async throws {
    try await SessionScene.run { scene in
      let session = try await scene.armed()
      let now = scene.harness.clock.now
      let row = try await scene.harness.database.write { connection in
        try connection.execute(
          "UPDATE verifications SET state = 'call_answered', calls = 0 WHERE id = ?", session.id.text)
        return try connection.apply(.nothingHeard, to: session.id, VerificationTimes(), now: now)
      }
      #expect(row?.state == .codeRequested && row?.dueAt == now)
    }
  }

  @Test func `a code that a person heard elsewhere may be typed meanwhile`() async throws {
    try await SessionScene.run { scene in
      let session = try await scene.armed()
      #expect(try await scene.harness.submit("123456", to: session.id).state == .verified)
      try await eventually("the route to be restored") { scene.voiceURL == SessionScene.shop }
    }
  }

  @Test func `a carrier that does not switch ends the session without Meta being asked`() async throws {
    try await SessionScene.run { scene in
      for _ in 0..<4 { scene.carrier.order("POST /IncomingPhoneNumbers", .ignored) }
      let session = try await scene.start()
      var state = session.state
      try await eventually("the session to fail") {
        scene.harness.clock.advance(by: .seconds(5))
        try scene.harness.service.wakeWorkers()
        state = try await scene.harness.get(session.id).state
        return state == .failed
      }
      #expect(scene.harness.graph.count("POST /1065/request_code") == 0)
      try await eventually("the route to be as before") { scene.voiceURL == SessionScene.shop }
    }
  }

  @Test func `the machine is not for numbers it cannot intercept`() async throws {
    try await SessionScene.run { scene in
      for (sender, method) in [
        (VerifierHarness.manual, Verification.Method.voice), (VerifierHarness.platform, .sms),
        (VerifierHarness.sender, .voice),
      ] {
        let failure = await #expect(throws: CallFailure.self) {
          try await scene.harness.call(
            VerifierAPI.StartVerification(
              senderID: sender, method: method, language: nil, acknowledgeInterception: true, answeredBy: .machine))
        }
        #expect(failure?.reason == "MACHINE_NOT_AVAILABLE")
      }
      let language = await #expect(throws: CallFailure.self) {
        try await scene.harness.call(
          VerifierAPI.StartVerification(
            senderID: VerifierHarness.platform, method: .voice, language: "de", acknowledgeInterception: true))
      }
      #expect(language?.reason == "LANGUAGE_NOT_HEARD")
      // A person may take the call instead: then nothing is intercepted.
      let person = try await scene.harness.call(
        VerifierAPI.StartVerification(
          senderID: VerifierHarness.platform, method: .voice, language: nil, acknowledgeInterception: true,
          answeredBy: .person))
      #expect(person.answeredBy == .person && person.state == .codeRequested && scene.voiceURL == SessionScene.shop)
    }
  }

  @Test func `more sessions than the setting allows are refused for the moment`() async throws {
    try await SessionScene.run(["VERIFICATIONS_AT_ONCE": "1"]) { scene in
      try await scene.harness.database.write { connection in
        try connection.execute(
          "INSERT INTO verifications (id, account_id, sender_id, method, language, answered_by, state, is_open, refusals, reads, due_at, created_at, updated_at) VALUES ('ver_01JD0000000000000000000000', 'acc_x', 'snd_x', 'voice', 'en_US', 'machine', 'recorded', 1, 0, 0, 9000000000000000, 0, 0)"
        )
      }
      let failure = await #expect(throws: CallFailure.self) { try await scene.start() }
      #expect(failure?.reason == "TOO_MANY_VERIFICATIONS" && failure?.retry == .afterMilliseconds(60_000))
      #expect(scene.voiceURL == SessionScene.shop)
    }
  }
}
