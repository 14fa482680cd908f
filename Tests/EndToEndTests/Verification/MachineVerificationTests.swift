import Contracts
import JSON
import Outbound
import SandboxWorld
import Telemetry
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// The machine answers Meta's call, hears the code and hands it in; the number is given back as it was.
  @Suite struct MachineVerificationTests {
    /// Every field differs from what the verifier sets.
    private static let odd = [
      "VoiceMethod": "GET", "VoiceFallbackUrl": "https://late.example/calls?a=1&b=%C3%A4", "VoiceFallbackMethod": "GET",
      "VoiceReceiveMode": "fax",
    ]

    @Test func `a bought number is verified without a person and its route restored to the letter`() async throws {
      try await VerificationScene.run(starting: [.senderRegistry, .verifier, .messagingRouter, .receipts]) { scene in
        let line = try await scene.open(route: Self.odd)
        try scene.order(line) { $0.delay = 300 }
        let id = try await scene.start(line)
        let verified = try await scene.wait(for: "verified", id)
        #expect(
          try await scene.steps(of: id) == [
            "armed: requested > armed", "code_sent: armed > code_requested",
            "call_answered: code_requested > call_answered", "recorded: call_answered > recorded",
            "heard: recorded > heard", "submitted: heard > submitted", "verified: submitted > verified",
          ])
        #expect(verified["answered_by"] == "machine" && verified["calls"] == 1 && verified["disrupted_calls"] == 0)
        #expect(verified["note"] == nil && verified["reason"] == nil)
        #expect(try await scene.isGivenBack(line, after: id))

        let code = scene.code(of: line)
        #expect(scene.submitted(line) == [code: 1])
        #expect(scene.world.ledger.codes(of: line.phone).first?.isAccepted == true)
        let call = try #require(scene.world.carrier.log.calls(to: line.phone).first)
        #expect(call.isMeta && !call.hasBeep && !call.lacksAction && call.recordings.first?.endedBy == "hangup")
        try await scene.carrierForgets()
        #expect(try await scene.recordings(of: id).map { $0["state"]?.string } == ["deleted"])
        #expect(scene.world.voiceApp.calls(of: line.business).isEmpty)

        try await eventually("the number is ready") {
          let ready = try await scene.story.call("GET", "/v1/ready-numbers")
          return ready["data"]?[0]?["id"]?.string == line.number
        }
        // Nobody sees the code who did not hear it.
        let words = scene.product.services.log(.verifier).split { !$0.isLetter && !$0.isNumber }
        #expect(!words.isEmpty && !words.contains(Substring(code)))
      }
    }

    @Test func `Meta's refusal is told with its waiting time, and waited for`() async throws {
      try await VerificationScene.run { scene in
        let line = try await scene.open()
        try scene.world.faults.order(
          Fault(
            .errorCode, at: "graph.request_code",
            parameters: .init(code: 136_024, userMessage: "Please try again in 5 minutes.")))
        let before = WallClock.system.now
        let id = try await scene.start(line)
        let failed = try await scene.wait(for: "failed", id)
        #expect(failed["reason"]?["code"] == "CODE_REQUEST_REFUSED")
        #expect(failed["reason"]?["message"]?.string?.contains("5 minutes") == true)
        let retry = try Timestamp(parsing: failed["retry_at"]?.string ?? "").milliseconds
        #expect((300_000..<330_000).contains(retry - before))
        #expect(try await scene.isGivenBack(line, after: id))

        let again = try await scene.tryToStart(line)
        #expect(again.status == 429 && again.body["code"] == "CODE_REQUEST_TOO_EARLY")
        #expect((1...300).contains(Int(again.headers["Retry-After"] ?? "") ?? 0))
        #expect(scene.world.carrier.log.calls(to: line.phone).isEmpty && scene.submitted(line).isEmpty)
        #expect(!scene.isSwitched(line))
      }
    }

    @Test func `a verification that is cancelled while it waits for the call gives the number back`() async throws {
      try await VerificationScene.run { scene in
        let line = try await scene.open()
        try scene.order(line) { $0.isPlaced = false }
        let id = try await scene.start(line)
        let waiting = try await scene.wait(for: "code_requested", id)
        #expect(waiting["interception"]?["state"] == "armed" && scene.isSwitched(line))
        let cancelled = try await scene.story.call("POST", "/v1/verifications/\(id)/cancel")
        #expect(cancelled["state"] == "cancelled")
        #expect(try await scene.isGivenBack(line, after: id))
        // Meta's call is late: it is the shop's now.
        try await scene.call(line, CallScript(code: scene.code(of: line)))
        #expect(scene.world.voiceApp.calls(of: line.business).map(\.isVerified) == [true])
        #expect(scene.submitted(line).isEmpty)
      }
    }
  }
}
