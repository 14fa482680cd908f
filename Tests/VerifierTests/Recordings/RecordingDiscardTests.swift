import Workers
import Telemetry
import Store
import Outbound
import Daemon
import Crypto
import Contracts
import TestSupport
import Testing
import VerifierHarness
import Wire

@testable import Verifier

/// Dropping somebody else's call.
@Suite struct RecordingDiscardTests {
  private func discard(_ recording: VerificationRecording, _ stage: RecordingStage) async throws
    -> VerificationRecording
  {
    try await stage.harness.call(
      VerifierAPI.DiscardRecording(id: recording.verificationID, recordingID: recording.id))
  }

  @Test func `a dropped recording is gone everywhere and counted once`() async throws {
    try await RecordingStage.run(hearing: .unsure) { stage in
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(2))
      try await stage.reaches(.needsListener, id)
      let shown = try #require(try await stage.list(id).first)
      for _ in 0..<2 {
        let after = try await discard(shown, stage)
        #expect(after.state == .dropped && after.url == nil && after.guess == nil)
      }
      #expect(try await stage.kept() == (0, 0))
      #expect(try await stage.get(try #require(shown.url)).status == 410)
      try await stage.carrierIsEmpty()
      let open = try await stage.harness.get(id)
      #expect(open.state == .needsListener && open.reason?.code == "NO_RECORDING_LEFT" && open.disruptedCalls == 1)
      #expect(open.reason?.nextStep.contains("/calls") == true)
    }
  }

  @Test func `with another recording left a listener is still waited for`() async throws {
    try await RecordingStage.run(hearing: .unsure) { stage in
      let id = try await stage.begin()
      try await stage.call("CA2", of: id)
      try await stage.record(RecordedSound.noise(2, seed: 1))
      try await stage.record(RecordedSound.noise(2, seed: 2), as: "RE2", of: "CA2")
      try await stage.reaches(.unsure)
      try await stage.reaches(.unsure, "RE2")
      let shown = try await stage.list(id)
      #expect(shown.count == 2)
      _ = try await discard(shown[0], stage)
      #expect(try await stage.harness.get(id).reason?.code == "NEEDS_A_LISTENER")
      #expect(try await stage.list(id).map(\.state) == [.dropped, .available])
      #expect(try await stage.kept() == (1, 1))
    }
  }

  @Test func `one that engines listen to can be dropped, and the wait goes on`() async throws {
    try await RecordingStage.run { stage in
      let latch = Latch()
      stage.engine.order(.init(text: HearingDouble.Words.sure.text, latch: latch))
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(2))
      try await eventually("the engine to be asked") { stage.engine.questions == 1 }
      _ = try await discard(try #require(try await stage.list(id).first), stage)
      let open = try await stage.harness.get(id)
      #expect(open.state == .codeRequested && open.reason?.code == "RECORDING_DISCARDED")
      latch.open()
      // What the engine says afterwards is about nothing.
      try await eventually("the engine to have answered") {
        stage.harness.log.ofEvent("recording.heard").count == 1
      }
      #expect(try await stage.row().state == .dropped)
      #expect(try await stage.harness.get(id).state == .codeRequested)
      #expect(try await stage.kept() == (0, 0))
    }
  }

  @Test func `one whose code is on its way to Meta cannot be dropped`() async throws {
    try await RecordingStage.run { stage in
      let latch = Latch()
      stage.harness.graph.order("POST /1065/verify_code", .held(latch))
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(2))
      try await stage.reaches(.submitted, id)
      let shown = try #require(try await stage.list(id).first)
      #expect(shown.guess?.why == "HANDED_IN")
      let failure = await #expect(throws: CallFailure.self) { try await discard(shown, stage) }
      #expect(failure?.reason == "CODE_IN_CHECK")
      latch.open()
      try await stage.reaches(.verified, id)
      // Afterwards there is nothing to drop.
      #expect(try await discard(shown, stage).state == .deleted)
      #expect(try await stage.harness.get(id).disruptedCalls == 0)
    }
  }

  @Test func `nobody drops what is another's`() async throws {
    try await RecordingStage.run(hearing: .unsure) { stage in
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(2))
      try await stage.reaches(.needsListener, id)
      let shown = try #require(try await stage.list(id).first)
      let stranger = await #expect(throws: CallFailure.self) {
        try await stage.harness.call(
          VerifierAPI.DiscardRecording(id: id, recordingID: shown.id), account: VerifierHarness.stranger)
      }
      #expect(stranger?.reason == "VERIFICATION_NOT_FOUND")
      let other = try await stage.begin(phoneNumber: "+14155550199", sender: VerifierHarness.manual)
      let wrong = await #expect(throws: CallFailure.self) {
        try await stage.harness.call(VerifierAPI.DiscardRecording(id: other, recordingID: shown.id))
      }
      #expect(wrong?.reason == "RECORDING_NOT_FOUND")
      #expect(try await stage.kept() == (1, 1))
    }
  }
}
