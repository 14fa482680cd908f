import JSON
import SandboxWorld
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// A carrier that fails half-way, pretends, or is left alone with a dead verifier: no number stays switched, and no
  /// call is lost.
  @Suite struct RouteTroubleTests {
    /// What a shop sees of a customer's call that reaches it.
    private func reaches(_ line: VerificationScene.Line, _ scene: VerificationScene) async throws -> CallRecord {
      let before = scene.world.voiceApp.calls(of: line.business).count
      let call = try await scene.call(line, CallScript(say: "Hello, are you open today?"))
      let calls = scene.world.voiceApp.calls(of: line.business).dropFirst(before)
      #expect(calls.map(\.isVerified) == [true], "the shop was told \(calls)")
      return call
    }

    @Test
    func `an answer that is lost while switching costs nothing, a carrier that refuses ends it before Meta is asked`()
      async throws
    {
      try await VerificationScene.run { scene in
        let lost = try await scene.open(1108)
        try scene.world.faults.order(Fault(.closeAfterReading, at: "carrier.update"))
        let first = try await scene.start(lost)
        try await scene.wait(for: "verified", first)
        #expect(try await scene.isGivenBack(lost, after: first))
        #expect(scene.submitted(lost) == [scene.code(of: lost): 1])

        let refused = try await scene.open(1109)
        try scene.world.faults.order(Fault(.status, at: "carrier.update", count: 3, parameters: .init(status: 503)))
        let second = try await scene.start(refused)
        let failed = try await scene.wait(for: "failed", second, reason: "ROUTE_NOT_SWITCHED")
        #expect(failed["calls"] == 0 && scene.code(of: refused).isEmpty)
        #expect(try await scene.isGivenBack(refused, after: second))
        #expect(try await scene.routeProblem() == nil)
      }
    }

    @Test func `a number that stays switched is told of, shown in readiness, and given back once that is possible`()
      async throws
    {
      try await VerificationScene.run { scene in
        let line = try await scene.open()
        try scene.order(line) { $0.isPlaced = false }
        let id = try await scene.start(line)
        try await scene.wait(for: "code_requested", id)
        try scene.world.faults.order(Fault(.ignored, at: "carrier.update", count: nil))
        try await scene.story.call("POST", "/v1/verifications/\(id)/cancel")
        try await eventually("the account is told") {
          try await scene.events(of: line).contains("critical verification.route_not_restored")
        }
        #expect(try await scene.routeProblem()?.contains("still switched: …1100") == true)
        #expect(scene.isSwitched(line))
        #expect(try await scene.verification(id)["interception"]?["state"] == "restoring")
        // The verifier sends on what still comes to it.
        #expect(try await reaches(line, scene).requests.map(\.purpose) == ["voice", "redirect"])
        // Nobody intercepts the number again before it is back.
        let again = try await scene.tryToStart(line)
        #expect(again.status == 409 && again.body["code"] == "NUMBER_STILL_INTERCEPTED")

        scene.world.faults.clear()
        #expect(try await scene.isGivenBack(line, after: id))
        try await eventually("all is well") { try await scene.routeProblem() == nil }
        try await eventually("the account is told of that too") {
          try await scene.events(of: line).contains("info verification.route_restored")
        }
      }
    }

    @Test func `while the verifier is dead a customer's call reaches the shop, and afterwards Meta's is still heard`()
      async throws
    {
      try await VerificationScene.run { scene in
        let line = try await scene.open(route: ["VoiceMethod": "GET", "VoiceFallbackUrl": "https://late.example/"])
        try scene.order(line) { $0.isPlaced = false }
        let id = try await scene.start(line)
        try await scene.wait(for: "code_requested", id)
        try await scene.product.services.kill(.verifier)
        let call = try await reaches(line, scene)
        #expect(call.requests.map(\.purpose) == ["voice", "fallback"] && call.outcome == .answered)

        try scene.product.services.launch(.verifier)
        try await scene.product.services.ready(.verifier)
        #expect(scene.isSwitched(line))
        try await scene.call(line, CallScript(code: scene.code(of: line)))
        try await scene.wait(for: "verified", id)
        #expect(try await scene.isGivenBack(line, after: id))
        #expect(scene.submitted(line) == [scene.code(of: line): 1])
        _ = try await reaches(line, scene)
      }
    }

    @Test
    func `a number that points at the verifier for good is sent on by redirect, and verified when that is wanted`()
      async throws
    {
      try await VerificationScene.run { scene in
        let line = try await scene.open(route: ["VoiceFallbackUrl": "https://late.example/"])
        let path = "/v1/senders/\(line.sender)/voice-route"
        try await eventually("the route is permanent") {
          let answer = try await scene.story.api.call("PUT", path, ["mode": "permanent"], token: scene.story.key)
          return answer.body["state"] == "permanent"
        }
        let call = try await reaches(line, scene)
        // The carrier asks the shop itself: its signature is for the shop's own URL.
        #expect(call.requests.map(\.purpose) == ["voice", "redirect"])
        let switched = scene.route(of: line.phone)
        #expect(switched["VoiceFallbackUrl"] == line.route["VoiceUrl"])

        let id = try await scene.start(line)
        try await scene.wait(for: "verified", id)
        #expect(scene.submitted(line) == [scene.code(of: line): 1])
        try await eventually("the verification has ended") {
          try await scene.verification(id)["interception"]?["state"] == "restored"
        }
        #expect(scene.route(of: line.phone) == switched)
        try await scene.product.services.kill(.verifier)
        #expect(try await reaches(line, scene).requests.map(\.purpose) == ["voice", "fallback"])
        try scene.product.services.launch(.verifier)
        try await scene.product.services.ready(.verifier)

        try await scene.story.call("PUT", path, ["mode": "switched"])
        try await eventually("the route is as before") { scene.route(of: line.phone) == line.route }
        #expect(try await reaches(line, scene).requests.map(\.purpose) == ["voice"])
      }
    }

    @Test func `a number behind a trunk or an application is verified with a warning, and gets it back`() async throws {
      try await VerificationScene.run { scene in
        for (last, route) in [(1110, ["VoiceApplicationSid": "AP1"]), (1111, ["TrunkSid": "TK1", "VoiceUrl": ""])] {
          let line = try await scene.open(last, route: route)
          let id = try await scene.start(line)
          let verified = try await scene.wait(for: "verified", id)
          #expect(verified["note"]?.string?.contains("a verifier that does not answer loses them") == true)
          #expect(try await scene.isGivenBack(line, after: id))
          let shown = try await scene.story.call("GET", "/v1/senders/\(line.sender)/voice-route")
          #expect(shown["warnings"]?.array?.compactMap { $0["code"]?.string } == ["ROUTE_NOT_PROTECTED"])
          let permanent = try await scene.story.api.call(
            "PUT", "/v1/senders/\(line.sender)/voice-route", ["mode": "permanent"], token: scene.story.key)
          #expect(permanent.status == 409 && permanent.body["code"] == "ROUTE_NOT_A_URL")
        }
      }
    }
  }
}
