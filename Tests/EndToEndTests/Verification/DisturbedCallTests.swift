import JSON
import SandboxWorld
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// Calls as they come: silent, cut off, somebody else's, told of twice or by nobody who can sign.
  @Suite struct DisturbedCallTests {
    @Test func `a customer who calls meanwhile is dropped and counted, and Meta's call still verifies`() async throws {
      try await VerificationScene.run { scene in
        let line = try await scene.open()
        try scene.order(line) { script in
          script.secondCaller = "Hello, are you open on Sunday? I would like some flowers."
          script.delay = 200
        }
        let id = try await scene.start(line)
        try await scene.wait(for: "verified", id)
        try await eventually("the customer's call is counted") {
          try await scene.verification(id)["disrupted_calls"] == 1
        }
        #expect(scene.submitted(line) == [scene.code(of: line): 1])
        let states = try await scene.recordings(of: id).compactMap { $0["state"]?.string }
        #expect(states.sorted() == ["deleted", "dropped"])
        #expect(try await scene.isGivenBack(line, after: id))
        try await scene.carrierForgets()
      }
    }

    @Test func `after a silent call the next one is waited for`() async throws {
      try await VerificationScene.run { scene in
        let line = try await scene.open()
        try scene.order(line) { script in
          script.isSilent = true
          script.silenceSeconds = 8
        }
        let id = try await scene.start(line)
        let waiting = try await scene.wait(for: "code_requested", id, reason: "NO_RECORDING")
        #expect(waiting["interception"]?["state"] == "armed")
        try await scene.call(line, CallScript(code: scene.code(of: line)))
        let verified = try await scene.wait(for: "verified", id)
        #expect(verified["calls"] == 1 && verified["disrupted_calls"] == 0)
        #expect(scene.submitted(line) == [scene.code(of: line): 1])
      }
    }

    @Test func `noise in which the engine hears nothing is kept for a person`() async throws {
      try await VerificationScene.run { scene in
        let line = try await scene.open()
        try scene.order(line) { script in
          (script.isSilent, script.silenceSeconds, script.noiseDecibels) = (true, 8, 0)
        }
        let id = try await scene.start(line)
        let waiting = try await scene.wait(for: "needs_a_listener", id)
        #expect(waiting["reason"]?["message"]?.string?.contains("NOTHING_HEARD") == true)
        #expect(waiting["disrupted_calls"] == 0 && scene.submitted(line).isEmpty)
        #expect(try await scene.recordings(of: id).map { $0["state"]?.string } == ["available"])
      }
    }

    @Test func `a call that is cut off amid the code is never handed in`() async throws {
      try await VerificationScene.run { scene in
        for (last, seconds) in [(1106, 4.0), (1107, 6.5)] {
          let line = try await scene.open(last)
          try scene.order(line) { $0.cutOffSeconds = seconds }
          let id = try await scene.start(line)
          try await scene.wait(for: "needs_a_listener", id)
          #expect(scene.submitted(line).isEmpty)
          #expect(try await scene.isGivenBack(line, after: id))
          #expect(try await scene.type(scene.code(of: line), id)["state"] == "verified")
        }
      }
    }

    @Test func `webhooks that come twice change nothing`() async throws {
      try await VerificationScene.run { scene in
        let line = try await scene.open()
        for door in ["carrier.voice_webhook", "carrier.action", "carrier.recording_callback"] {
          try scene.world.faults.order(Fault(.duplicate, at: door))
        }
        let id = try await scene.start(line)
        try await scene.wait(for: "verified", id)
        #expect(scene.world.faults.waiting.isEmpty)
        #expect(try await scene.recordings(of: id).count == 1)
        #expect(try await scene.verification(id)["disrupted_calls"] == 0)
        #expect(scene.submitted(line) == [scene.code(of: line): 1])
        #expect(try await scene.isGivenBack(line, after: id))
      }
    }

    @Test func `what the carrier has not signed is refused, and its caller reaches the shop`() async throws {
      try await VerificationScene.run { scene in
        let line = try await scene.open()
        try scene.world.faults.order(Fault(.wrongSignature, at: "carrier.voice_webhook"))
        let id = try await scene.start(line)
        try await eventually("the call is over") {
          scene.world.carrier.log.calls(to: line.phone).first?.outcome.isOver == true
        }
        let call = try #require(scene.world.carrier.log.calls(to: line.phone).first)
        #expect(call.requests.map(\.status) == [403, 200])
        #expect(scene.world.voiceApp.calls(of: line.business).map(\.isVerified) == [true])
        #expect(try await scene.verification(id)["state"] == "code_requested")
        #expect(try await scene.recordings(of: id).isEmpty)
        try await scene.call(line, CallScript(code: scene.code(of: line)))
        try await scene.wait(for: "verified", id)
      }
    }
  }
}
